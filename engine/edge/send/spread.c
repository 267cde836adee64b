/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/spread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vf_spread_add_lane(struct vf_spread *spread, uint32_t lane, unsigned port)
{
    if (lane >= spread->lanes) {
        unsigned *rooms = realloc(spread->rooms, ((size_t)lane + 1) * sizeof(*rooms));
        if (!rooms)
            return -ENOMEM;
        spread->rooms = rooms;
        spread->lanes = lane + 1;
    }
    if (port >= spread->ports) {
        bool *lacks = realloc(spread->lacks, ((size_t)port + 1) * sizeof(*lacks));
        if (!lacks)
            return -ENOMEM;
        spread->lacks = lacks;
        spread->ports = port + 1;
        memset(lacks, 0,
               spread->ports * sizeof(*lacks)); /* so that the first message begins an order */
    }
    return VF_OK;
}

void vf_spread_finish(struct vf_spread *spread)
{
    free(spread->rooms);
    free(spread->lacks);
    spread->rooms = NULL;
    spread->lacks = NULL;
}

bool vf_spread_begins_order(const struct vf_spread *spread, unsigned port)
{
    return !spread->lacks[port];
}

bool vf_spread_is_led_by(const struct vf_spread *spread, const struct vf_senders *senders,
                         unsigned port)
{
    for (size_t i = 0; i < senders->count; i++) {
        if (senders->items[i].spread == spread && senders->items[i].terms->sender_port < port)
            return false;
    }
    return true;
}

bool vf_spread_choose_lane(const struct vf_spread *spread, const struct vf_senders *senders,
                           uint32_t *chosen)
{
    unsigned most = 0;
    for (uint32_t lane = 0; lane < spread->lanes; lane++)
        spread->rooms[lane] = UINT32_MAX;
    for (size_t i = 0; i < senders->count; i++) {
        const struct vf_sender *sender = &senders->items[i];
        if (sender->spread != spread)
            continue;
        bool is_closed = vf_outbox_is_closed(sender->outbox);
        unsigned room = is_closed ? 0 : vf_outbox_room(sender->outbox);
        if (room < spread->rooms[sender->terms->lane])
            spread->rooms[sender->terms->lane] = room;
    }
    for (uint32_t i = 0; i < spread->lanes; i++) {
        uint32_t lane = (spread->next + i) % spread->lanes;
        if (spread->rooms[lane] > most) {
            most = spread->rooms[lane];
            *chosen = lane;
        }
    }
    return most > 0;
}

static void begin_order(struct vf_spread *spread, uint32_t lane)
{
    spread->lane = lane;
    memset(spread->lacks, true, spread->ports * sizeof(*spread->lacks));
    if (lane == VF_NO_LANE)
        return;
    spread->order++;
    spread->next = lane + 1;
}

struct vf_sender *vf_spread_take_lane(struct vf_spread *spread, const struct vf_senders *senders,
                                      unsigned port, uint32_t lane, uint64_t number)
{
    struct vf_sender *taken = NULL;
    if (vf_spread_begins_order(spread, port))
        begin_order(spread, lane);
    spread->lacks[port] = false;
    for (size_t i = 0; i < senders->count && spread->lane != VF_NO_LANE; i++) {
        struct vf_sender *sender = &senders->items[i];
        if (sender->spread != spread || !vf_sender_is_on(sender, port))
            continue;
        if (sender->terms->lane == spread->lane)
            taken = sender;
        else
            vf_outbox_answer(sender->outbox, number);
    }
    return taken;
}

int vf_spread_put_gap(struct vf_spread *spread, const struct vf_senders *senders,
                      const struct vf_gap *gap)
{
    uint32_t lane;
    int err = VF_OK;
    if (!vf_spread_choose_lane(spread, senders, &lane))
        return -EAGAIN;
    for (size_t i = 0; !err && i < senders->count; i++) {
        struct vf_sender *chosen = &senders->items[i];
        if (chosen->spread != spread || chosen->terms->lane != lane)
            continue;
        (void)vf_spread_take_lane(spread, senders, chosen->terms->sender_port, lane, gap->number);
        struct vf_gap own = *gap;
        own.order = spread->order;
        err = vf_sender_put_gap(chosen, &own);
    }
    return err;
}

bool vf_spread_is_closed(const struct vf_spread *spread, const struct vf_senders *senders,
                         unsigned port)
{
    for (size_t i = 0; i < senders->count; i++) {
        const struct vf_sender *sender = &senders->items[i];
        if (sender->spread == spread && vf_sender_is_on(sender, port) &&
            !vf_outbox_is_closed(sender->outbox))
            return false;
    }
    return true;
}

void vf_spread_resume(struct vf_spread *spread, const struct vf_senders *senders)
{
    uint64_t answered = 0;
    for (size_t i = 0; i < senders->count; i++) {
        const struct vf_sender *sender = &senders->items[i];
        if (sender->spread != spread)
            continue;
        uint64_t order = vf_outbox_order(sender->outbox);
        if (order > spread->order) {
            begin_order(spread, sender->terms->lane);
            spread->order = order;
        }
        if (order && order == spread->order)
            spread->lacks[sender->terms->sender_port] = false;
        if (vf_outbox_answered(sender->outbox) > answered)
            answered = vf_outbox_answered(sender->outbox);
    }
    for (size_t i = 0; i < senders->count; i++) {
        if (senders->items[i].spread == spread)
            vf_outbox_answer(senders->items[i].outbox, answered);
    }
}
