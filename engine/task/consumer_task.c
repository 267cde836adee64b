/* SPDX-License-Identifier: MIT */
/* A consumer takes each input out of the flow. */
#include "engine/task/task.h"

int vf_consumer_task_run(struct vf_task *task)
{
    return vf_task_serve_inputs(task, task->node->consume);
}
