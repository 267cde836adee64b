/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/edge/page/page.h"
#include "engine/edge/receive/inbox_inside.h"

static void release_arrival(struct vf_payload *payload)
{
    struct vf_arrival *arrival = payload->owner;
    if (!arrival->inbox->is_abandoned)
        vf_inbox_add(&arrival->inbox->terms->inbox->data_done, 1);
    vf_payload_drop(&arrival->part);
    vf_inbox_mark_done(arrival->inbox, arrival->cell, arrival->sequence);
    free(arrival);
}

/* Finds the bytes of an arrival. Takes *part. */
static void place_payload(struct vf_arrival *arrival, const struct vf_envelope *envelope,
                          struct vf_payload **part)
{
    struct vf_payload *payload = &arrival->payload;
    if (envelope->arena == VF_ARENA_PART) {
        assert(part && *part); /* or the envelope would have been refused */
        payload->data = (*part)->data;
        arrival->part = *part;
        *part = NULL;
    } else if (envelope->arena) {
        payload->arena = envelope->arena;
        payload->offset = envelope->offset;
        payload->data = arrival->inbox->arenas->bytes[envelope->arena] + envelope->offset;
    } else {
        memcpy(arrival->inline_bytes, envelope->inline_bytes, payload->size);
        payload->data = arrival->inline_bytes;
    }
}

static int wrap_payload(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                        struct vf_payload **part, struct vf_payload **payload)
{
    size_t size = (size_t)envelope->description.payload_size;
    bool is_inline = envelope->arena == 0;
    struct vf_arrival *arrival = malloc(sizeof(*arrival) + (is_inline ? size : 0));
    if (!arrival)
        return -ENOMEM;
    *arrival = (struct vf_arrival){
        .payload = {.size = size, .release = release_arrival, .owner = arrival},
        .inbox = inbox,
        .sequence = envelope->sequence,
        .cell = envelope->cell,
    };
    atomic_init(&arrival->payload.holders, 1);
    place_payload(arrival, envelope, part);
    *payload = &arrival->payload;
    return VF_OK;
}

struct vf_envelope_bounds vf_inbox_bounds(const struct vf_inbox *inbox)
{
    return (struct vf_envelope_bounds){.edge = inbox->terms->id,
                                       .cells = inbox->terms->cells,
                                       .arena_sizes = inbox->arenas->sizes,
                                       .arena_count = inbox->arenas->count};
}

void vf_inbox_leave_out(const struct vf_inbox *inbox, const char *complaint)
{
    _Atomic uint64_t *invalid = &inbox->terms->inbox->invalid;
    uint64_t count = atomic_fetch_add_explicit(invalid, 1, memory_order_relaxed) + 1;
    if (count == 1)
        vf_log(VF_LOG_ERROR, "task %u sent %s", inbox->terms->sender, complaint);
    else if ((count & (count - 1)) == 0) /* a liar may be quick */
        vf_log(VF_LOG_ERROR,
               "task %u sent %s; it is the %" PRIu64 "th time that what it sent is wrong",
               inbox->terms->sender, complaint, count);
}

/* Checks what came through the wire. */
static int check(const struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                 const struct vf_payload *part)
{
    const char *complaint;
    struct vf_envelope_bounds bounds = vf_inbox_bounds(inbox);
    bounds.part_size = part ? &part->size : NULL;
    int err = vf_envelope_check(envelope, size, &bounds, &complaint);
    /* Whoever reads this mark sees all that the sender wrote before it: the payload. */
    uint64_t published =
        inbox->terms->is_remote ? UINT64_MAX : atomic_load(&inbox->terms->outbox->published);
    if (!err && envelope->sequence > published) {
        complaint = "a message that it has not published";
        err = -EBADMSG;
    }
    if (err)
        vf_inbox_leave_out(inbox, complaint);
    return err;
}

int vf_inbox_wrap(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                  struct vf_payload **part, struct vf_waiting *made)
{
    struct vf_message *message = calloc(1, sizeof(*message));
    if (!message)
        return -ENOMEM;
    message->description = envelope->description;
    message->is_received = true;
    int err = VF_OK;
    if (envelope->description.kind == VF_MESSAGE_DATA)
        err = wrap_payload(inbox, envelope, part, &message->payload);
    if (err) {
        free(message);
        return err;
    }
    *made = (struct vf_waiting){message, envelope->sequence, envelope->cell, false};
    return VF_OK;
}

/* Removes what was dropped while it waited here. */
static void prune(struct vf_inbox *inbox)
{
    for (uint32_t left = inbox->count; left; left--) {
        struct vf_waiting waiting = inbox->queue[inbox->first];
        inbox->first = (inbox->first + 1) % inbox->capacity;
        inbox->count--;
        if (vf_inbox_is_dropped(inbox, &waiting))
            vf_inbox_skip(inbox, &waiting.message);
        else
            inbox->queue[(inbox->first + inbox->count++) % inbox->capacity] = waiting;
    }
}

static bool has_place(struct vf_inbox *inbox)
{
    if (inbox->count == inbox->capacity)
        prune(inbox);
    return inbox->count < inbox->capacity;
}

/* Notes that nothing below `sequence` is missing any more: what did not come was dropped by the
 * sender, which says so first, or is not there though it should be. */
static void step_to(struct vf_inbox *inbox, uint64_t sequence)
{
    const struct vf_edge_terms *terms = inbox->terms;
    uint64_t missing = sequence - inbox->received - 1;
    bool may_drop = terms->overflow == VF_OVERFLOW_DROP_OLDEST;
    if (missing && may_drop &&
        (terms->is_remote || sequence - 1 < atomic_load(&terms->outbox->skip_before)))
        vf_inbox_add(&terms->inbox->skipped, missing);
    else if (missing)
        vf_inbox_leave_out(inbox, "messages that are not there");
    inbox->received = sequence;
    atomic_store(&terms->inbox->received, sequence);
}

/* Puts a message into the queue, which has place. */
static int enqueue(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                   struct vf_payload **part)
{
    uint32_t last = (inbox->first + inbox->count) % inbox->capacity;
    int err = vf_inbox_wrap(inbox, envelope, part, &inbox->queue[last]);
    if (err)
        return err;
    inbox->count++;
    step_to(inbox, envelope->sequence);
    return VF_OK;
}

/* Takes in the message in a cell, or leaves it out. Returns how many that was: none, if it was
 * replaced meanwhile. */
static int take_in(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence)
{
    struct vf_envelope envelope;
    struct vf_payload *no_part = NULL;
    const char *complaint;
    struct vf_envelope_bounds bounds = vf_inbox_bounds(inbox);
    int err = vf_page_read(inbox->terms, &bounds, cell, sequence, &envelope, &complaint);
    if (err == -EAGAIN)
        return 0;
    if (!err)
        err = enqueue(inbox, &envelope, &no_part);
    if (err != -EBADMSG)
        return err ? err : 1;
    step_to(inbox, sequence);
    vf_inbox_leave_out(inbox, complaint);
    vf_inbox_mark_done(inbox, cell, sequence);
    return 1;
}

/* Takes in what stands in the sender's outbox up to `last`, and no more at once than an honest
 * sender can have there. Only what is found there counts as published. Returns how many messages
 * that were. */
static int read_outbox(struct vf_inbox *inbox, uint64_t last)
{
    int count = 0;
    for (uint32_t looks = 2 * inbox->terms->cells; inbox->received < last && looks; looks--) {
        uint32_t cell;
        uint64_t sequence = vf_page_find(inbox->terms, inbox->received, last, &cell);
        if (!sequence || !has_place(inbox)) {
            inbox->seen = last;
            break;
        }
        int taken = take_in(inbox, cell, sequence);
        if (taken < 0)
            return taken;
        count += taken;
    }
    return count;
}

static int accept_next(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                       struct vf_payload **part)
{
    int err = check(inbox, envelope, size, *part);
    if (err || envelope->sequence <= inbox->received)
        return err;
    const struct vf_description *description = &envelope->description;
    bool is_behind_hole = envelope->sequence > inbox->received + 1;
    /* What is missing before such an end was lost with a process that died. */
    bool is_last_word =
        description->kind == VF_MESSAGE_END && description->gap_last + 1 == envelope->sequence;
    if (is_behind_hole && inbox->terms->is_remote && !is_last_word &&
        inbox->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return VF_OK;
    /* Those in between were dropped, were not sent, or the wire lost them. */
    if (is_behind_hole && !inbox->terms->is_remote)
        err = read_outbox(inbox, envelope->sequence - 1);
    if (is_last_word)
        inbox->received = envelope->sequence - 1;
    if (err >= 0 && !has_place(inbox)) {
        vf_inbox_leave_out(inbox, "more than it may");
        err = -EBADMSG;
    }
    return err < 0 ? err : enqueue(inbox, envelope, part);
}

int vf_inbox_accept(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                    struct vf_payload **part)
{
    int err = accept_next(inbox, envelope, size, part);
    vf_payload_drop(part);
    return err;
}

int vf_inbox_collect(struct vf_inbox *inbox)
{
    uint64_t last = vf_inbox_published(inbox);
    return last > inbox->received ? read_outbox(inbox, last) : 0;
}
