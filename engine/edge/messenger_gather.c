/* SPDX-License-Identifier: MIT */
#include "engine/base/clock.h"
#include "engine/edge/messenger_inside.h"

#define ASK_AGAIN_NS (2 * VF_NS_PER_S) /* what was asked, or the answer, may have been lost */

static bool is_gathered(const struct vf_messenger *messenger, size_t input)
{
    const struct vf_edge_end *end = &messenger->wires->in[input];
    /* A sender stays until all is done that it has sent; one that is gone has nothing to say. */
    return vf_inbox_has_gathered(messenger->inboxes[input]) || atomic_load(end->is_over);
}

bool vf_messenger_must_gather(const struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    for (size_t i = 0; wires->is_replaceable && i < wires->in_count; i++) {
        if (wires->in[i].terms->is_remote)
            return true;
    }
    return false;
}

static int begin(struct vf_messenger *messenger)
{
    int err = VF_OK;
    messenger->is_gathering = true;
    for (size_t i = 0; !err && i < messenger->wires->in_count; i++) {
        if (messenger->wires->in[i].terms->is_remote)
            err = vf_inbox_begin_gathering(messenger->inboxes[i], messenger->wires->process);
    }
    return err;
}

/* Asks the senders that have not sent all of it. */
static void ask(const struct vf_messenger *messenger)
{
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        if (!is_gathered(messenger, i))
            vf_acknowledger_repeat(messenger->acknowledgers[i], true);
    }
}

static bool is_all_gathered(const struct vf_messenger *messenger)
{
    size_t i = 0;
    while (i < messenger->wires->in_count && is_gathered(messenger, i))
        i++;
    return i == messenger->wires->in_count;
}

int vf_messenger_gather(struct vf_messenger *messenger)
{
    int64_t asked_ns = 0;
    int count = begin(messenger);
    while (count >= 0 && !vf_messenger_must_halt(messenger)) {
        int64_t now_ns = vf_clock_now_ns();
        bool is_over = is_all_gathered(messenger);
        count = vf_messenger_pump(messenger);
        if (is_over || count < 0)
            break;
        if (!asked_ns || now_ns - asked_ns > ASK_AGAIN_NS) {
            ask(messenger);
            asked_ns = now_ns;
        }
        int err = vf_messenger_acknowledge(messenger, false);
        if (!err && count == 0)
            err = vf_messenger_sleep(messenger, true, VF_MESSENGER_ASK_AFTER_MS);
        if (err < 0)
            return err;
    }
    if (count < 0)
        return count;
    int err = vf_messenger_resume(messenger);
    messenger->is_gathering = false;
    return err;
}
