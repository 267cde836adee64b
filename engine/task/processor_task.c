/* SPDX-License-Identifier: MIT */
/* A processor answers each input with no message, one or several. */
#include "engine/task/task.h"

int vf_processor_task_run(struct vf_task *task)
{
    const struct vf_inputs *inputs;
    int err = VF_OK;
    while (err == VF_OK || err == VF_DROPPED) {
        err = vf_messenger_receive(task->messenger, &inputs);
        if (err)
            return err;
        vf_task_begin_call(task);
        err = task->node->process(&task->run, inputs->items);
        vf_task_end_call(task);
        vf_task_settle_input(task, err);
        task->has_failed = err < 0;
        int released = vf_messenger_release(task->messenger);
        if (err >= 0 && released)
            err = released;
    }
    return err;
}
