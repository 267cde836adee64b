/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "engine/edge/send/dispatch_inside.h"

void vf_dispatch_begin_round(struct vf_dispatch *dispatch, uint64_t round)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        dispatch->senders.items[i].owes_order = true;
        vf_outbox_begin_round(dispatch->senders.items[i].outbox, round);
    }
}

void vf_dispatch_end_round(struct vf_dispatch *dispatch, uint64_t round)
{
    for (size_t i = 0; i < dispatch->senders.count; i++)
        vf_outbox_end_round(dispatch->senders.items[i].outbox, round);
}

bool vf_dispatch_is_repeated(const struct vf_dispatch *dispatch, const struct vf_sender *sender)
{
    if (!sender->spread)
        return vf_outbox_is_repeated(sender->outbox);
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *lane = &dispatch->senders.items[i];
        if (lane->spread == sender->spread && vf_sender_is_on(lane, sender->terms->sender_port) &&
            vf_outbox_is_repeated(lane->outbox))
            return true;
    }
    return false;
}

/* Of an edge, or of all lanes of a spread if it is the first of them. */
static uint64_t repeated_on(struct vf_dispatch *dispatch, const struct vf_sender *sender)
{
    if (!sender->spread)
        return vf_outbox_repeated(sender->outbox);
    uint64_t repeated = 0;
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *lane = &dispatch->senders.items[i];
        if (lane->spread == sender->spread && vf_sender_is_on(lane, sender->terms->sender_port))
            repeated += vf_outbox_repeated(lane->outbox);
    }
    return repeated;
}

uint64_t vf_dispatch_repeated(struct vf_dispatch *dispatch, unsigned port)
{
    uint64_t most = 0;
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *sender = &dispatch->senders.items[i];
        uint64_t repeated = vf_sender_is_on(sender, port) ? repeated_on(dispatch, sender) : 0;
        most = repeated > most ? repeated : most;
    }
    return most;
}

void vf_dispatch_forget_repeated(struct vf_dispatch *dispatch, unsigned port)
{
    uint64_t most = vf_dispatch_repeated(dispatch, port);
    for (size_t i = 0; most && i < dispatch->senders.count; i++) {
        const struct vf_sender *sender = &dispatch->senders.items[i];
        if (!vf_sender_is_on(sender, port) || (sender->spread && sender->terms->lane != 0))
            continue;
        vf_outbox_count_dropped(sender->outbox, most - repeated_on(dispatch, sender));
    }
    for (size_t i = 0; most && i < dispatch->senders.count; i++) {
        if (vf_sender_is_on(&dispatch->senders.items[i], port))
            vf_outbox_forget_repeated(dispatch->senders.items[i].outbox);
    }
}

void vf_dispatch_take_over(struct vf_dispatch *dispatch, uint64_t rounds)
{
    for (size_t i = 0; i < dispatch->senders.count; i++)
        vf_sender_take_over(&dispatch->senders.items[i], rounds);
}

int vf_dispatch_close_order(struct vf_dispatch *dispatch, unsigned port, uint64_t number,
                            uint64_t order)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (!vf_sender_is_on(sender, port) || !sender->owes_order ||
            vf_outbox_is_closed(sender->outbox))
            continue;
        int err = vf_outbox_has_closed_order(sender->outbox)
                      ? VF_OK
                      : vf_sender_put_gap(sender, number, order);
        if (err)
            return err;
        sender->owes_order = false;
    }
    return VF_OK;
}

void vf_dispatch_settle_order(struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        if (vf_sender_is_on(&dispatch->senders.items[i], port))
            dispatch->senders.items[i].owes_order = false;
    }
}

int vf_dispatch_resume(struct vf_dispatch *dispatch, uint64_t rounds, vf_outbox_lend *lend,
                       void *context)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        int err = vf_outbox_resume(dispatch->senders.items[i].outbox, rounds, lend, context);
        if (err)
            return err;
    }
    for (size_t i = 0; i < dispatch->spread_count; i++)
        vf_spread_resume(&dispatch->spreads[i], &dispatch->senders);
    return VF_OK;
}

struct vf_payload *vf_dispatch_hold_payload(const struct vf_dispatch *dispatch, uint32_t arena,
                                            uint64_t offset)
{
    struct vf_payload *found = NULL;
    for (size_t i = 0; !found && i < dispatch->senders.count; i++)
        found = vf_outbox_hold_payload(dispatch->senders.items[i].outbox, arena, offset);
    return found;
}
