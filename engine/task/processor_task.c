/* SPDX-License-Identifier: MIT */
/* A processor answers each input with no message, one or several. */
#include "engine/task/task.h"

int vf_processor_task_run(struct vf_task *task)
{
    return vf_task_serve_inputs(task, task->node->process);
}
