/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/edge/inbox_inside.h"

static void release_arrival(struct vf_payload *payload)
{
    struct vf_arrival *arrival = payload->owner;
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

static int check(const struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                 const struct vf_payload *part)
{
    const char *complaint;
    struct vf_envelope_bounds bounds = {.edge = inbox->terms->id,
                                        .cells = inbox->terms->cells,
                                        .arena_sizes = inbox->arenas->sizes,
                                        .arena_count = inbox->arenas->count,
                                        .part_size = part ? &part->size : NULL};
    int err = vf_envelope_check(envelope, size, &bounds, &complaint);
    /* Whoever reads this mark sees all that the sender wrote before it: the payload. */
    uint64_t published =
        inbox->terms->is_remote ? UINT64_MAX : atomic_load(&inbox->terms->outbox->published);
    if (!err && envelope->sequence > published) {
        complaint = "a message that it has not published";
        err = -EBADMSG;
    }
    if (err)
        vf_log(VF_LOG_ERROR, "task %u sent %s", inbox->terms->sender, complaint);
    return err;
}

int vf_inbox_wrap(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                  struct vf_payload **part, struct vf_waiting *made)
{
    struct vf_message *message = NULL;
    int err = check(inbox, envelope, size, *part);
    if (!err)
        message = calloc(1, sizeof(*message));
    if (!err && !message)
        err = -ENOMEM;
    if (err)
        return err;
    message->description = envelope->description;
    message->is_received = true;
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

static int enqueue(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                   struct vf_payload **part)
{
    if (inbox->count == inbox->capacity)
        prune(inbox);
    if (inbox->count == inbox->capacity) {
        vf_log(VF_LOG_ERROR, "task %u sent more than it may", inbox->terms->sender);
        return -EPROTO;
    }
    uint32_t last = (inbox->first + inbox->count) % inbox->capacity;
    int err = vf_inbox_wrap(inbox, envelope, size, part, &inbox->queue[last]);
    if (err)
        return err;
    inbox->count++;
    inbox->received = envelope->sequence;
    atomic_store(&inbox->terms->inbox->received, envelope->sequence);
    return VF_OK;
}

/* Finds the cell with the lowest sequence above `after`, up to `last`, and copies it. */
bool vf_inbox_read_next_cell(const struct vf_inbox *inbox, uint64_t after, uint64_t last,
                             struct vf_envelope *envelope)
{
    const struct vf_edge_terms *terms = inbox->terms;
    struct vf_outbox_cell *nearest = NULL;
    uint64_t lowest = last + 1;
    for (uint32_t i = 0; i < terms->cells; i++) {
        struct vf_outbox_cell *cell = vf_outbox_page_cell(terms->outbox, i);
        uint64_t sequence = atomic_load(&cell->sequence);
        if (sequence > after && sequence < lowest) {
            lowest = sequence;
            nearest = cell;
        }
    }
    if (!nearest)
        return false;
    memcpy(envelope, &nearest->envelope, sizeof(*envelope));
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&nearest->sequence) != lowest)
        envelope->sequence = 0; /* dropped and replaced while it was copied */
    return true;
}

/* Copies the message that was published as `sequence`, unless its cell has been used again since,
 * or is no longer in the index. */
static bool read_cell(const struct vf_inbox *inbox, uint64_t sequence, struct vf_envelope *envelope)
{
    const struct vf_edge_terms *terms = inbox->terms;
    uint32_t number = atomic_load_explicit(
        vf_outbox_page_index(terms->outbox, terms->cells, sequence), memory_order_acquire);
    if (number >= terms->cells)
        return false;
    struct vf_outbox_cell *cell = vf_outbox_page_cell(terms->outbox, number);
    if (atomic_load(&cell->sequence) != sequence)
        return false;
    memcpy(envelope, &cell->envelope, offsetof(struct vf_envelope, inline_bytes));
    size_t size = vf_envelope_size(envelope);
    if (size > sizeof(*envelope))
        size = sizeof(*envelope);
    memcpy(envelope->inline_bytes, cell->envelope.inline_bytes,
           size - offsetof(struct vf_envelope, inline_bytes));
    atomic_thread_fence(memory_order_seq_cst);
    return atomic_load(&cell->sequence) == sequence;
}

/* Takes in what stands in the sender's outbox up to `last`. What is missing there was dropped.
 * Returns how many that were. */
static int read_outbox(struct vf_inbox *inbox, uint64_t last)
{
    struct vf_envelope envelope;
    uint64_t missing = last - inbox->received;
    int count = 0;
    while (inbox->received < last &&
           (read_cell(inbox, inbox->received + 1, &envelope) ||
            vf_inbox_read_next_cell(inbox, inbox->received, last, &envelope))) {
        if (envelope.sequence == 0)
            continue;
        struct vf_payload *no_part = NULL;
        int err = enqueue(inbox, &envelope, vf_envelope_size(&envelope), &no_part);
        if (err)
            return err;
        count++;
        missing--;
    }
    vf_inbox_add(&inbox->terms->inbox->skipped, missing);
    if (inbox->received < last) {
        inbox->received = last;
        atomic_store(&inbox->terms->inbox->received, last);
    }
    return count;
}

static int accept_next(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                       struct vf_payload **part)
{
    int err = check(inbox, envelope, size, *part);
    if (err || envelope->sequence <= inbox->received)
        return err;
    bool is_behind_hole = envelope->sequence > inbox->received + 1;
    if (is_behind_hole && inbox->terms->is_remote &&
        inbox->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return VF_OK;
    /* Those in between were dropped, were not sent, or the wire lost them. */
    if (is_behind_hole && inbox->terms->is_remote)
        vf_inbox_add(&inbox->terms->inbox->skipped, envelope->sequence - inbox->received - 1);
    else if (is_behind_hole)
        err = read_outbox(inbox, envelope->sequence - 1);
    return err < 0 ? err : enqueue(inbox, envelope, size, part);
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
