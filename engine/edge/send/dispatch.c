/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/dispatch.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/edge/send/dispatch_inside.h"

/* Finds the spread of an edge, or makes it; *spread becomes NULL where there is none. */
static int join_spread(struct vf_dispatch *dispatch, const struct vf_edge_terms *terms,
                       struct vf_spread **spread)
{
    *spread = NULL;
    for (size_t i = 0; terms->spread && i < dispatch->spread_count; i++) {
        if (dispatch->spreads[i].number == terms->spread)
            *spread = &dispatch->spreads[i];
    }
    if (!terms->spread)
        return VF_OK;
    if (!*spread) {
        *spread = &dispatch->spreads[dispatch->spread_count++];
        **spread = (struct vf_spread){.number = terms->spread};
    }
    return vf_spread_add_lane(*spread, terms->lane, terms->sender_port);
}

int vf_dispatch_create(struct vf_dispatch **dispatch, const struct vf_edge_end *edges, size_t count)
{
    struct vf_dispatch *made = calloc(1, sizeof(*made));
    *dispatch = made;
    if (!made)
        return -ENOMEM;
    made->senders.items = calloc(count + 1, sizeof(*made->senders.items));
    made->spreads = calloc(count + 1, sizeof(*made->spreads));
    int err = made->senders.items && made->spreads ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < count; i++) {
        struct vf_sender *sender = &made->senders.items[made->senders.count++];
        err = vf_sender_init(sender, &edges[i]);
        if (!err)
            err = join_spread(made, edges[i].terms, &sender->spread);
    }
    if (err)
        vf_dispatch_destroy(dispatch, true);
    return err;
}

int vf_dispatch_connect(struct vf_dispatch *dispatch, struct vf_wires *wires)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        int err = vf_sender_connect(&dispatch->senders.items[i], wires);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_dispatch_destroy(struct vf_dispatch **dispatch, bool is_aborting)
{
    if (!*dispatch)
        return;
    for (size_t i = 0; i < (*dispatch)->senders.count; i++)
        vf_sender_finish(&(*dispatch)->senders.items[i], is_aborting);
    for (size_t i = 0; i < (*dispatch)->spread_count; i++)
        vf_spread_finish(&(*dispatch)->spreads[i]);
    free((*dispatch)->senders.items);
    free((*dispatch)->spreads);
    free(*dispatch);
    *dispatch = NULL;
}

bool vf_dispatch_is_read(const struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *sender = &dispatch->senders.items[i];
        if (vf_sender_is_on(sender, port) && !vf_outbox_is_closed(sender->outbox))
            return true;
    }
    return false;
}

bool vf_dispatch_is_abandoned(const struct vf_dispatch *dispatch)
{
    size_t closed = 0;
    for (size_t i = 0; i < dispatch->senders.count; i++)
        closed += vf_outbox_is_closed(dispatch->senders.items[i].outbox);
    return closed > 0 && closed == dispatch->senders.count;
}

bool vf_dispatch_has_unreleased(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        if (vf_outbox_has_unreleased(dispatch->senders.items[i].outbox))
            return true;
    }
    return false;
}

bool vf_dispatch_has_borrowed(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        if (vf_outbox_has_borrowed(dispatch->senders.items[i].outbox))
            return true;
    }
    return false;
}

/* Whether a message for this edge has no room, after all has been done that may make some. */
static bool is_full(const struct vf_dispatch *dispatch, const struct vf_sender *sender)
{
    uint32_t lane;
    if (sender->spread)
        return vf_spread_begins_order(sender->spread, sender->terms->sender_port) &&
               !vf_spread_choose_lane(sender->spread, &dispatch->senders, &lane);
    if (vf_outbox_has_room(sender->outbox))
        return false;
    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return true;
    vf_outbox_drop_oldest(sender->outbox);
    return !vf_outbox_has_room(sender->outbox);
}

static void refuse_group(struct vf_dispatch *dispatch, const struct vf_edge_terms *full)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (vf_sender_is_on(sender, full->sender_port) && sender->terms->group == full->group &&
            sender->terms->overflow != VF_OVERFLOW_WAIT)
            sender->is_refused = true;
    }
}

int vf_dispatch_offer(struct vf_dispatch *dispatch, unsigned port, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    dispatch->result = VF_OK;
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        /* The first lane of a spread stands for all. */
        bool is_asked =
            vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0);
        sender->is_refused = false;
        sender->is_pending = is_asked && !vf_dispatch_is_repeated(dispatch, sender);
    }
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *sender = &dispatch->senders.items[i];
        if (sender->is_pending && sender->terms->overflow != VF_OVERFLOW_WAIT &&
            !vf_outbox_is_closed(sender->outbox) && is_full(dispatch, sender))
            refuse_group(dispatch, sender->terms);
    }
    return vf_dispatch_retry(dispatch, envelope, payload);
}

static void drop(struct vf_dispatch *dispatch, struct vf_sender *sender, uint64_t number)
{
    vf_outbox_count_dropped(sender->outbox, 1);
    if (number > sender->gap_due)
        sender->gap_due = number;
    dispatch->result = VF_DROPPED;
}

/* Gives a message to one lane of a spread. Returns -EAGAIN when none has room. */
static int spread_message(struct vf_dispatch *dispatch, struct vf_sender *first,
                          struct vf_envelope *envelope, struct vf_payload *payload)
{
    struct vf_spread *spread = first->spread;
    unsigned port = first->terms->sender_port;
    uint64_t number = envelope->description.origin.number;
    uint64_t own_order = envelope->description.order;
    uint32_t lane = spread->lane;
    if (vf_spread_begins_order(spread, port) && first->is_refused)
        lane = VF_NO_LANE;
    else if (vf_spread_begins_order(spread, port) &&
             !vf_spread_choose_lane(spread, &dispatch->senders, &lane))
        return -EAGAIN;
    struct vf_sender *chosen = vf_spread_take_lane(spread, &dispatch->senders, port, lane, number);
    first->is_pending = false;
    if (!chosen) {
        drop(dispatch, first, number);
        return VF_OK;
    }
    envelope->description.order = spread->order;
    int err = vf_sender_put(chosen, envelope, payload);
    envelope->description.order = own_order;
    return err;
}

static bool is_closed(const struct vf_dispatch *dispatch, const struct vf_sender *sender)
{
    return sender->spread
               ? vf_spread_is_closed(sender->spread, &dispatch->senders, sender->terms->sender_port)
               : vf_outbox_is_closed(sender->outbox);
}

/* Puts a pending message on its edge, or says why it need not. */
static int settle_sender(struct vf_dispatch *dispatch, struct vf_sender *sender,
                         struct vf_envelope *envelope, struct vf_payload *payload)
{
    if (is_closed(dispatch, sender)) {
        vf_outbox_count_refused(sender->outbox);
        sender->is_pending = false;
        return VF_OK;
    }
    if (sender->spread)
        return spread_message(dispatch, sender, envelope, payload);
    if (!sender->is_refused && !vf_outbox_has_room(sender->outbox))
        return -EAGAIN;
    sender->is_pending = false;
    if (!sender->is_refused)
        return vf_sender_put(sender, envelope, payload);
    drop(dispatch, sender, envelope->description.origin.number);
    return VF_OK;
}

int vf_dispatch_retry(struct vf_dispatch *dispatch, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    bool must_wait = false;
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (!sender->is_pending)
            continue;
        (void)VF_FAILPOINT("publish.edge");
        int err = settle_sender(dispatch, sender, envelope, payload);
        must_wait = must_wait || err == -EAGAIN;
        if (err && err != -EAGAIN)
            return err;
    }
    return must_wait ? -EAGAIN : dispatch->result;
}

void vf_dispatch_drop(struct vf_dispatch *dispatch, unsigned port, uint64_t number)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            drop(dispatch, sender, number);
    }
}

void vf_dispatch_refuse(struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        const struct vf_sender *sender = &dispatch->senders.items[i];
        if (vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            vf_outbox_count_refused(sender->outbox);
    }
}

void vf_dispatch_pass(struct vf_dispatch *dispatch, uint64_t number)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (number > sender->gap_due)
            sender->gap_due = number;
    }
}

bool vf_dispatch_has_gap_due(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        if (dispatch->senders.items[i].gap_due)
            return true;
    }
    return false;
}

/* What is owed on the first of the ports that lead to the same replicas decides for all. */
static int spread_gap(const struct vf_dispatch *dispatch, const struct vf_sender *sender)
{
    struct vf_spread *spread = sender->spread;
    bool is_leading = vf_spread_is_led_by(spread, &dispatch->senders, sender->terms->sender_port);
    if (!is_leading || !vf_outbox_owes(sender->outbox, sender->gap_due))
        return VF_OK; /* another port, or another lane, tells of it */
    return vf_spread_put_gap(spread, &dispatch->senders, sender->gap_due);
}

static int send_gap(struct vf_dispatch *dispatch, struct vf_sender *sender)
{
    if (!sender->terms->carries_gaps || vf_outbox_is_closed(sender->outbox))
        return VF_OK;
    if (sender->spread)
        return spread_gap(dispatch, sender);
    return vf_sender_put_gap(sender, sender->gap_due, 0);
}

int vf_dispatch_send_gaps(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (!sender->gap_due)
            continue;
        int err = send_gap(dispatch, sender);
        if (err != -EAGAIN)
            sender->gap_due = 0;
        if (err && err != -EAGAIN)
            return err;
    }
    return VF_OK;
}

int vf_dispatch_end(struct vf_dispatch *dispatch, enum vf_end_reason reason)
{
    int result = VF_OK;
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        int err = vf_sender_put_end(&dispatch->senders.items[i], reason);
        if (err)
            result = err;
    }
    return result;
}

void vf_dispatch_reap(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++)
        vf_outbox_reap(dispatch->senders.items[i].outbox);
}

void vf_dispatch_reap_all(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++)
        vf_outbox_reap_all(dispatch->senders.items[i].outbox);
}

int vf_dispatch_hear(struct vf_dispatch *dispatch, const struct vf_acknowledgement *told,
                     size_t size)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_sender *sender = &dispatch->senders.items[i];
        if (size >= offsetof(struct vf_acknowledgement, received) &&
            sender->terms->id == told->edge && sender->terms->is_remote)
            return vf_sender_hear(sender, told, size);
    }
    return -EBADMSG;
}

bool vf_dispatch_has_unreceived(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        if (vf_sender_has_unreceived(&dispatch->senders.items[i]))
            return true;
    }
    return false;
}

int vf_dispatch_nudge(struct vf_dispatch *dispatch)
{
    int64_t now = vf_clock_now_ns();
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        int err = vf_sender_nudge(&dispatch->senders.items[i], now);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_dispatch_set_need(struct vf_dispatch *dispatch, enum vf_dispatch_need need)
{
    for (size_t i = 0; i < dispatch->senders.count; i++) {
        struct vf_outbox *outbox = dispatch->senders.items[i].outbox;
        if (need == VF_NEED_ROOM)
            vf_outbox_wait_for_room(outbox);
        else if (need == VF_NEED_RELEASE)
            vf_outbox_wait_for_release(outbox);
        else
            vf_outbox_wait_no_more(outbox);
    }
}
