/* SPDX-License-Identifier: MIT */
#include "engine/edge/inbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"

/* A payload that lies in another task's arena, or came inline; the last drop releases its cell. */
struct arrival {
    struct vf_payload payload;
    struct vf_inbox *inbox;
    uint64_t sequence;
    uint32_t cell;
    struct vf_payload *part; /* where the bytes came in; NULL: in an arena, or inline */
    uint8_t inline_bytes[];
};

/* A message that waits. Ends and gaps have no payload, so the cell is noted here too. */
struct waiting {
    struct vf_message *message;
    uint64_t sequence;
    uint32_t cell;
};

struct vf_inbox {
    const struct vf_edge_terms *terms;
    const struct vf_arena_view *arenas;
    int doorbell;
    struct waiting *queue; /* a ring */
    uint32_t first, count, capacity;
    uint64_t received;
    _Atomic uint32_t rung; /* the sender's `waits` for which its bell was rung last */
    bool has_ended;
    enum vf_end_reason end_reason;
};

int vf_inbox_create(struct vf_inbox **inbox, const struct vf_edge_terms *terms,
                    const struct vf_arena_view *arenas, int doorbell)
{
    *inbox = calloc(1, sizeof(**inbox));
    if (!*inbox)
        return -ENOMEM;
    **inbox = (struct vf_inbox){.terms = terms, .arenas = arenas, .doorbell = doorbell};
    (*inbox)->capacity = terms->cells;
    (*inbox)->queue = calloc((*inbox)->capacity, sizeof(*(*inbox)->queue));
    if (!(*inbox)->queue) {
        vf_inbox_destroy(inbox);
        return -ENOMEM;
    }
    return VF_OK;
}

void vf_inbox_destroy(struct vf_inbox **inbox)
{
    if (!*inbox)
        return;
    for (; (*inbox)->count; (*inbox)->count--) {
        vf_message_destroy(&(*inbox)->queue[(*inbox)->first].message);
        (*inbox)->first = ((*inbox)->first + 1) % (*inbox)->capacity;
    }
    free((*inbox)->queue);
    free(*inbox);
    *inbox = NULL;
}

const struct vf_edge_terms *vf_inbox_terms(const struct vf_inbox *inbox)
{
    return inbox->terms;
}

/* Wakes the sender if it has said that it sleeps for such a reason. */
static void ring(struct vf_inbox *inbox, uint32_t reason)
{
    uint32_t waits = inbox->terms->is_remote ? 0 : atomic_load(&inbox->terms->outbox->waits);
    if (!(waits & reason) || atomic_exchange(&inbox->rung, waits) == waits)
        return;
    uint64_t one = 1;
    ssize_t written = write(inbox->doorbell, &one, sizeof(one));
    (void)written; /* fails only when the bell is ringing already */
}

static void mark_done(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence)
{
    atomic_store(vf_inbox_page_done(inbox->terms->inbox, cell), sequence);
    ring(inbox, VF_WAITS_FOR_RELEASE);
}

static void add(_Atomic uint64_t *number, uint64_t more)
{
    atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

static void release_arrival(struct vf_payload *payload)
{
    struct arrival *arrival = payload->owner;
    add(&arrival->inbox->terms->inbox->data_done, 1);
    vf_payload_drop(&arrival->part);
    mark_done(arrival->inbox, arrival->cell, arrival->sequence);
    free(arrival);
}

/* Finds the bytes of an arrival. Takes *part. */
static void place_payload(struct arrival *arrival, const struct vf_envelope *envelope,
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
    struct arrival *arrival = malloc(sizeof(*arrival) + (is_inline ? size : 0));
    if (!arrival)
        return -ENOMEM;
    *arrival = (struct arrival){
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

/* Whether the sender has replaced it by a newer one. Ends and gaps are never dropped. */
static bool is_dropped(const struct vf_inbox *inbox, const struct waiting *waiting)
{
    return waiting->message->description.kind == VF_MESSAGE_DATA &&
           waiting->sequence < atomic_load(&inbox->terms->outbox->skip_before);
}

static void skip(const struct vf_inbox *inbox, struct vf_message **dropped)
{
    add(&inbox->terms->inbox->skipped, 1);
    vf_message_destroy(dropped);
}

/* Removes what was dropped while it waited here. */
static void prune(struct vf_inbox *inbox)
{
    for (uint32_t left = inbox->count; left; left--) {
        struct waiting waiting = inbox->queue[inbox->first];
        inbox->first = (inbox->first + 1) % inbox->capacity;
        inbox->count--;
        if (is_dropped(inbox, &waiting))
            skip(inbox, &waiting.message);
        else
            inbox->queue[(inbox->first + inbox->count++) % inbox->capacity] = waiting;
    }
}

static int enqueue(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                   struct vf_payload **part)
{
    if (inbox->count == inbox->capacity)
        prune(inbox);
    if (inbox->count == inbox->capacity) {
        vf_log(VF_LOG_ERROR, "task %u sent more than it may", inbox->terms->sender);
        return -EPROTO;
    }
    struct vf_message *message = calloc(1, sizeof(*message));
    if (!message)
        return -ENOMEM;
    message->description = envelope->description;
    message->is_received = true;
    if (envelope->description.kind == VF_MESSAGE_DATA) {
        int err = wrap_payload(inbox, envelope, part, &message->payload);
        if (err) {
            free(message);
            return err;
        }
    }
    uint32_t last = (inbox->first + inbox->count++) % inbox->capacity;
    inbox->queue[last] = (struct waiting){message, envelope->sequence, envelope->cell};
    inbox->received = envelope->sequence;
    atomic_store(&inbox->terms->inbox->received, envelope->sequence);
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

/* Finds the cell with the lowest sequence above `after`, up to `last`, and copies it. */
static bool read_next_cell(const struct vf_inbox *inbox, uint64_t after, uint64_t last,
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
    while (inbox->received < last && (read_cell(inbox, inbox->received + 1, &envelope) ||
                                      read_next_cell(inbox, inbox->received, last, &envelope))) {
        if (envelope.sequence == 0)
            continue;
        int err = check(inbox, &envelope, vf_envelope_size(&envelope), NULL);
        if (!err)
            err = enqueue(inbox, &envelope, NULL);
        if (err)
            return err;
        count++;
        missing--;
    }
    add(&inbox->terms->inbox->skipped, missing);
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
        add(&inbox->terms->inbox->skipped, envelope->sequence - inbox->received - 1);
    else if (is_behind_hole)
        err = read_outbox(inbox, envelope->sequence - 1);
    return err < 0 ? err : enqueue(inbox, envelope, part);
}

int vf_inbox_accept(struct vf_inbox *inbox, const struct vf_envelope *envelope, size_t size,
                    struct vf_payload **part)
{
    int err = accept_next(inbox, envelope, size, part);
    vf_payload_drop(part);
    return err;
}

/* The highest sequence there is to be read. */
static uint64_t published(const struct vf_inbox *inbox)
{
    return inbox->terms->is_remote ? 0 : atomic_load(&inbox->terms->outbox->published);
}

int vf_inbox_collect(struct vf_inbox *inbox)
{
    uint64_t last = published(inbox);
    return last > inbox->received ? read_outbox(inbox, last) : 0;
}

bool vf_inbox_fall_asleep(struct vf_inbox *inbox)
{
    if (!inbox->terms->is_remote)
        atomic_store(&inbox->terms->inbox->wanted, inbox->received);
    return published(inbox) <= inbox->received;
}

void vf_inbox_wake_sender(struct vf_inbox *inbox)
{
    ring(inbox, VF_WAITS_FOR_ROOM);
}

static void pop(struct vf_inbox *inbox)
{
    inbox->first = (inbox->first + 1) % inbox->capacity;
    inbox->count--;
}

/* Says that `sequence` has left the queue. A sender that waits for room is woken once half of it is
 * free, not for each single place: fewer wake-ups, and there is still something to do meanwhile. */
static void mark_taken(struct vf_inbox *inbox, uint64_t sequence)
{
    atomic_store(&inbox->terms->inbox->taken, sequence);
    if (published(inbox) <= sequence + inbox->terms->depth / 2)
        ring(inbox, VF_WAITS_FOR_ROOM);
}

const struct vf_message *vf_inbox_front(struct vf_inbox *inbox)
{
    while (inbox->count && is_dropped(inbox, &inbox->queue[inbox->first])) {
        struct vf_message *dropped = inbox->queue[inbox->first].message;
        pop(inbox);
        skip(inbox, &dropped);
    }
    return inbox->count ? inbox->queue[inbox->first].message : NULL;
}

void vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message)
{
    struct waiting waiting = inbox->queue[inbox->first];
    *message = waiting.message;
    pop(inbox);
    mark_taken(inbox, waiting.sequence);
    if (is_dropped(inbox, &waiting)) { /* asked after it was claimed: see vf_outbox_drop_oldest */
        skip(inbox, message);
        return;
    }
    if ((*message)->description.kind == VF_MESSAGE_DATA)
        return;
    mark_done(inbox, waiting.cell, waiting.sequence);
    if ((*message)->description.kind == VF_MESSAGE_END) {
        inbox->has_ended = true;
        inbox->end_reason = (*message)->description.end_reason;
    }
}

void vf_inbox_count(struct vf_inbox *inbox, bool is_matched)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    add(is_matched ? &page->data_taken : &page->unmatched, 1);
}

bool vf_inbox_has_ended(const struct vf_inbox *inbox, enum vf_end_reason *reason)
{
    if (inbox->has_ended && reason)
        *reason = inbox->end_reason;
    return inbox->has_ended;
}

void vf_inbox_close(struct vf_inbox *inbox)
{
    atomic_store(&inbox->terms->inbox->is_closed,
                 inbox->has_ended ? VF_CLOSED_AFTER_END : VF_CLOSED_EARLY);
    ring(inbox, VF_WAITS_FOR_ROOM | VF_WAITS_FOR_RELEASE);
}
