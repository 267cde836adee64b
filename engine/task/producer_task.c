/* SPDX-License-Identifier: MIT */
/* A producer makes messages until it has no more, or the flow drains. */
#include "engine/task/task.h"

int vf_producer_task_run(struct vf_task *task)
{
    int err = VF_OK;
    while (!err) {
        if (vf_messenger_termination_requested(task->messenger) >= VF_STOP_DRAIN)
            return VF_END;
        err = vf_task_call(task, task->node->next);
        if (err == VF_END && task->settings->starts_over)
            err = vf_task_start_over(task);
    }
    return err;
}
