/* SPDX-License-Identifier: MIT */
/* A consumer takes each input out of the flow. */
#include "engine/task/task.h"

int vf_consumer_task_run(struct vf_task *task)
{
    const struct vf_inputs *inputs;
    int err = VF_OK;
    while (err == VF_OK) {
        err = vf_messenger_receive(task->messenger, &inputs);
        if (err)
            return err;
        vf_task_begin_call(task);
        err = task->node->consume(&task->run, inputs->items);
        vf_task_end_call(task);
        vf_task_settle_input(task, err);
        task->has_failed = err < 0;
        int released = vf_messenger_release(task->messenger);
        if (err >= 0 && released)
            err = released;
    }
    return err;
}
