/* SPDX-License-Identifier: MIT */
#include "engine/edge/dispatch.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/edge/outbox.h"
#include "engine/wire/socket_number.h"

#define LINGER_MS 1000

/* One out-edge. */
struct sender {
    struct vf_outbox *outbox;
    struct vf_wire *wire;
    const struct vf_edge_terms *terms;
    uint64_t gap_due; /* origin number up to which nothing more will be published; 0: none due */
    bool is_refused;  /* by its group, for the message being published */
    bool is_pending;  /* waits for room, likewise */
    bool has_ended;
};

struct vf_dispatch {
    struct sender *senders;
    size_t count;
    int result; /* of the message being published */
};

int vf_dispatch_create(struct vf_dispatch **dispatch, const struct vf_edge_end *edges, size_t count)
{
    *dispatch = calloc(1, sizeof(**dispatch));
    if (!*dispatch)
        return -ENOMEM;
    (*dispatch)->senders = calloc(count + 1, sizeof(*(*dispatch)->senders));
    int err = (*dispatch)->senders ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < count; i++) {
        struct sender *sender = &(*dispatch)->senders[i];
        sender->terms = edges[i].terms;
        err = vf_outbox_create(&sender->outbox, edges[i].terms);
        (*dispatch)->count++;
    }
    if (err)
        vf_dispatch_destroy(dispatch, true);
    return err;
}

int vf_dispatch_connect(struct vf_dispatch *dispatch, struct vf_wires *wires, const char *directory)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        int number = vf_socket_from_task_id((int)sender->terms->receiver);
        int err = vf_wire_connect(&sender->wire, wires, directory, number, LINGER_MS);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_dispatch_destroy(struct vf_dispatch **dispatch, bool is_aborting)
{
    if (!*dispatch)
        return;
    for (size_t i = 0; i < (*dispatch)->count; i++) {
        struct sender *sender = &(*dispatch)->senders[i];
        if (is_aborting || (sender->outbox && vf_outbox_is_closed(sender->outbox)))
            vf_wire_abandon(&sender->wire);
        vf_wire_destroy(&sender->wire);
        vf_outbox_destroy(&sender->outbox);
    }
    free((*dispatch)->senders);
    free(*dispatch);
    *dispatch = NULL;
}

static bool is_on(const struct sender *sender, unsigned port)
{
    return sender->terms->sender_port == port;
}

bool vf_dispatch_is_read(const struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, port) && !vf_outbox_is_closed(sender->outbox))
            return true;
    }
    return false;
}

bool vf_dispatch_is_abandoned(const struct vf_dispatch *dispatch)
{
    size_t closed = 0;
    for (size_t i = 0; i < dispatch->count; i++)
        closed += vf_outbox_is_closed(dispatch->senders[i].outbox);
    return closed > 0 && closed == dispatch->count;
}

bool vf_dispatch_has_unreleased(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (vf_outbox_has_unreleased(dispatch->senders[i].outbox))
            return true;
    }
    return false;
}

static int send(const struct sender *sender, const struct vf_envelope *envelope)
{
    return vf_wire_send(sender->wire, envelope, vf_envelope_size(envelope));
}

/* Whether the edge has no room for one more, after it has done what it may to make some. */
static bool is_full(const struct sender *sender)
{
    if (vf_outbox_has_room(sender->outbox))
        return false;
    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return true;
    vf_outbox_drop_oldest(sender->outbox);
    return !vf_outbox_has_room(sender->outbox);
}

static void refuse_group(struct vf_dispatch *dispatch, const struct vf_edge_terms *full)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, full->sender_port) && sender->terms->group == full->group &&
            sender->terms->overflow != VF_OVERFLOW_WAIT)
            sender->is_refused = true;
    }
}

int vf_dispatch_offer(struct vf_dispatch *dispatch, unsigned port, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    dispatch->result = VF_OK;
    for (size_t i = 0; i < dispatch->count; i++) {
        dispatch->senders[i].is_refused = false;
        dispatch->senders[i].is_pending = is_on(&dispatch->senders[i], port);
    }
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (sender->is_pending && sender->terms->overflow != VF_OVERFLOW_WAIT &&
            !vf_outbox_is_closed(sender->outbox) && is_full(sender))
            refuse_group(dispatch, sender->terms);
    }
    return vf_dispatch_retry(dispatch, envelope, payload);
}

static void drop(struct vf_dispatch *dispatch, struct sender *sender, uint64_t number)
{
    vf_outbox_count_dropped(sender->outbox);
    if (number > sender->gap_due)
        sender->gap_due = number;
    dispatch->result = VF_DROPPED;
}

int vf_dispatch_retry(struct vf_dispatch *dispatch, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    bool must_wait = false;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (!sender->is_pending)
            continue;
        sender->is_pending = false;
        if (vf_outbox_is_closed(sender->outbox)) {
            vf_outbox_count_refused(sender->outbox);
        } else if (sender->is_refused) {
            drop(dispatch, sender, envelope->description.origin.number);
        } else if (!vf_outbox_has_room(sender->outbox)) {
            sender->is_pending = must_wait = true;
        } else if (vf_outbox_put(sender->outbox, envelope, payload)) {
            int err = send(sender, envelope);
            if (err)
                return err;
        }
    }
    return must_wait ? -EAGAIN : dispatch->result;
}

void vf_dispatch_drop(struct vf_dispatch *dispatch, unsigned port, uint64_t number)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (is_on(&dispatch->senders[i], port))
            drop(dispatch, &dispatch->senders[i], number);
    }
}

void vf_dispatch_pass(struct vf_dispatch *dispatch, uint64_t number)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (number > sender->gap_due)
            sender->gap_due = number;
    }
}

bool vf_dispatch_has_gap_due(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (dispatch->senders[i].gap_due)
            return true;
    }
    return false;
}

int vf_dispatch_send_gaps(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        struct vf_envelope envelope;
        bool is_put = false;
        if (!sender->gap_due)
            continue;
        int err = VF_OK;
        if (sender->terms->carries_gaps && !vf_outbox_is_closed(sender->outbox))
            err = vf_outbox_put_gap(sender->outbox, sender->gap_due, &envelope, &is_put);
        if (err != -EAGAIN)
            sender->gap_due = 0;
        if (is_put)
            err = send(sender, &envelope);
        if (err && err != -EAGAIN)
            return err;
    }
    return VF_OK;
}

int vf_dispatch_end(struct vf_dispatch *dispatch, enum vf_end_reason reason)
{
    int result = VF_OK;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        struct vf_envelope envelope;
        if (sender->has_ended || vf_outbox_is_closed(sender->outbox))
            continue;
        int err = vf_outbox_put_end(sender->outbox, reason, &envelope);
        sender->has_ended = err == VF_OK;
        if (!err)
            err = send(sender, &envelope);
        if (err)
            result = err;
    }
    return result;
}

void vf_dispatch_reap(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++)
        vf_outbox_reap(dispatch->senders[i].outbox);
}

void vf_dispatch_set_waits(struct vf_dispatch *dispatch, uint32_t waits)
{
    for (size_t i = 0; i < dispatch->count; i++)
        vf_outbox_set_waits(dispatch->senders[i].outbox, waits);
}
