/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/edge/send/outbox_inside.h"

static bool queue_create(struct vf_outbox_queue *queue, uint32_t capacity)
{
    *queue = (struct vf_outbox_queue){.capacity = capacity};
    queue->items = calloc(capacity, sizeof(*queue->items));
    return queue->items != NULL;
}

int vf_outbox_create(struct vf_outbox **outbox, const struct vf_edge_terms *terms)
{
    struct vf_outbox *made = calloc(1, sizeof(*made));
    *outbox = made;
    if (!made)
        return -ENOMEM;
    made->terms = terms;
    made->payloads = calloc(terms->cells, sizeof(*made->payloads));
    made->free_cells = calloc(terms->cells, sizeof(*made->free_cells));
    bool is_made =
        queue_create(&made->unreleased, terms->cells) && queue_create(&made->waiting, terms->cells);
    if (!made->payloads || !made->free_cells || !is_made) {
        vf_outbox_destroy(outbox);
        return -ENOMEM;
    }
    while (made->free_count < terms->cells) {
        made->free_cells[made->free_count] = terms->cells - 1 - made->free_count;
        made->free_count++;
    }
    return VF_OK;
}

void vf_outbox_destroy(struct vf_outbox **outbox)
{
    if (!*outbox)
        return;
    if ((*outbox)->payloads) {
        for (uint32_t i = 0; i < (*outbox)->terms->cells; i++)
            vf_payload_drop(&(*outbox)->payloads[i]);
    }
    free((*outbox)->payloads);
    free((*outbox)->free_cells);
    free((*outbox)->unreleased.items);
    free((*outbox)->waiting.items);
    free(*outbox);
    *outbox = NULL;
}

const struct vf_edge_terms *vf_outbox_terms(const struct vf_outbox *outbox)
{
    return outbox->terms;
}

bool vf_outbox_is_closed(const struct vf_outbox *outbox)
{
    return atomic_load(&outbox->terms->inbox->is_closed);
}

bool vf_outbox_is_released(const struct vf_outbox *outbox, struct vf_outbox_entry entry)
{
    const struct vf_inbox_page *inbox = outbox->terms->inbox;
    if (atomic_load(vf_inbox_page_done(inbox, entry.cell)) >= entry.sequence)
        return true;
    /* What was taken before the receiver closed it may have sent on, and others may still read. */
    return atomic_load(&inbox->is_closed) &&
           (outbox->terms->is_remote || entry.sequence > atomic_load(&inbox->taken));
}

static void free_cell(struct vf_outbox *outbox, uint32_t cell)
{
    vf_payload_drop(&outbox->payloads[cell]);
    outbox->free_cells[outbox->free_count++] = cell;
}

/* Looks at every cell: messages may be released out of order. `dead` is one that was dropped; 0:
 * none. */
static void reap_all(struct vf_outbox *outbox, uint64_t dead)
{
    for (uint32_t left = outbox->unreleased.count; left; left--) {
        struct vf_outbox_entry entry = vf_outbox_queue_front(&outbox->unreleased);
        vf_outbox_queue_pop(&outbox->unreleased);
        if (entry.sequence == dead || vf_outbox_is_released(outbox, entry))
            free_cell(outbox, entry.cell);
        else
            vf_outbox_queue_push(&outbox->unreleased, entry);
    }
}

/* Forgets what no longer waits. */
static void settle_waiting(struct vf_outbox *outbox)
{
    uint64_t taken = atomic_load(&outbox->terms->inbox->taken);
    /* Between sockets, what could be dropped leaves only when the receiver sleeps for it. */
    if (outbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST && outbox->sent > taken)
        taken = outbox->sent;
    while (outbox->waiting.count) {
        uint64_t sequence = vf_outbox_queue_front(&outbox->waiting).sequence;
        if (sequence > taken && sequence >= outbox->skip_before)
            break;
        vf_outbox_queue_pop(&outbox->waiting);
    }
}

void vf_outbox_reap(struct vf_outbox *outbox)
{
    while (outbox->unreleased.count) {
        struct vf_outbox_entry entry = vf_outbox_queue_front(&outbox->unreleased);
        if (!vf_outbox_is_released(outbox, entry))
            break;
        vf_outbox_queue_pop(&outbox->unreleased);
        free_cell(outbox, entry.cell);
    }
    if (outbox->free_count <= VF_OUTBOX_SPARE_CELLS)
        reap_all(outbox, 0);
}

void vf_outbox_reap_all(struct vf_outbox *outbox)
{
    reap_all(outbox, 0);
}

bool vf_outbox_has_unreleased(const struct vf_outbox *outbox)
{
    return outbox->unreleased.count > 0;
}

unsigned vf_outbox_room(struct vf_outbox *outbox)
{
    vf_outbox_reap(outbox);
    settle_waiting(outbox);
    if (outbox->waiting.count >= outbox->terms->depth ||
        outbox->free_count <= VF_OUTBOX_SPARE_CELLS)
        return 0;
    unsigned places = outbox->terms->depth - outbox->waiting.count;
    unsigned cells = outbox->free_count - VF_OUTBOX_SPARE_CELLS;
    return places < cells ? places : cells;
}

bool vf_outbox_has_borrowed(struct vf_outbox *outbox)
{
    bool has_borrowed = false;
    reap_all(outbox, 0);
    for (uint32_t i = 0; i < outbox->terms->cells; i++) {
        const struct vf_payload *payload = outbox->payloads[i];
        if (payload && payload->arena != outbox->terms->sender)
            has_borrowed = true;
    }
    return has_borrowed && !outbox->terms->is_remote;
}

bool vf_outbox_has_room(struct vf_outbox *outbox)
{
    return vf_outbox_room(outbox) > 0;
}

/* What has left can no longer be dropped, and what has not is known here alone. */
static void drop_oldest_unsent(struct vf_outbox *outbox)
{
    uint64_t oldest = 0;
    for (uint32_t left = outbox->waiting.count; left; left--) {
        struct vf_outbox_entry entry = vf_outbox_queue_front(&outbox->waiting);
        vf_outbox_queue_pop(&outbox->waiting);
        if (!oldest && entry.sequence > outbox->sent)
            oldest = entry.sequence;
        else
            vf_outbox_queue_push(&outbox->waiting, entry);
    }
    if (!oldest)
        return;
    reap_all(outbox, oldest); /* the receiver counts it when it sees the hole */
}

void vf_outbox_drop_oldest(struct vf_outbox *outbox)
{
    settle_waiting(outbox);
    if (!outbox->waiting.count)
        return;
    if (outbox->terms->is_remote) {
        drop_oldest_unsent(outbox);
        return;
    }
    uint64_t sequence = vf_outbox_queue_front(&outbox->waiting).sequence;
    vf_outbox_queue_pop(&outbox->waiting);
    /* Both sides write, then read the other's word, in one order that all agree on: either the
     * receiver sees the new mark when it takes this one, or its mark is seen here. */
    outbox->skip_before = sequence + 1;
    atomic_store(&outbox->terms->outbox->skip_before, sequence + 1);
    if (atomic_load(&outbox->terms->inbox->taken) >= sequence)
        return; /* it was quicker; whether it kept the message or gave it up, it will say done */
    reap_all(outbox, sequence);
}

static void wait_for(struct vf_outbox *outbox, uint32_t reasons)
{
    outbox->sleeps += VF_WAITS_COUNT;
    atomic_store(&outbox->terms->outbox->waits, outbox->sleeps | reasons);
}

void vf_outbox_wait_for_room(struct vf_outbox *outbox)
{
    bool needs_cell = outbox->free_count <= VF_OUTBOX_SPARE_CELLS;
    bool needs_place = outbox->waiting.count >= outbox->terms->depth;
    wait_for(outbox,
             (needs_cell ? VF_WAITS_FOR_RELEASE : 0U) | (needs_place ? VF_WAITS_FOR_ROOM : 0U));
}

void vf_outbox_wait_for_release(struct vf_outbox *outbox)
{
    wait_for(outbox, VF_WAITS_FOR_RELEASE);
}

void vf_outbox_wait_no_more(struct vf_outbox *outbox)
{
    atomic_store(&outbox->terms->outbox->waits, outbox->sleeps);
}

/* Notes what a new process would have to know of this message. */
static void record(struct vf_outbox *outbox, const struct vf_envelope *envelope)
{
    const struct vf_description *description = &envelope->description;
    bool is_data = description->kind == VF_MESSAGE_DATA;
    outbox->in_round += is_data;
    if (description->order > outbox->order)
        outbox->order = description->order;
    if (description->order && description->is_last_of_order)
        outbox->has_closed_order = true;
    uint64_t data =
        atomic_load_explicit(&outbox->terms->outbox->data_published, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* what is overwritten is no longer the last */
    outbox->terms->outbox->records[envelope->sequence % 2] = (struct vf_outbox_record){
        .sequence = envelope->sequence,
        .round = outbox->round,
        .in_round = outbox->in_round,
        .data = data + is_data,
        .answered = outbox->answered,
        .order = outbox->order,
        .has_closed_order = outbox->has_closed_order,
        .is_end = description->kind == VF_MESSAGE_END,
    };
}

/* Fills a free cell. Returns whether the receiver sleeps for just this message. A receiver writes
 * `wanted` and then reads `published`; here it is the other way round, in one order that all agree
 * on: so either it sees the message, or it is seen to sleep. */
static bool publish(struct vf_outbox *outbox, struct vf_envelope *envelope,
                    struct vf_payload *payload)
{
    const struct vf_edge_terms *terms = outbox->terms;
    uint32_t cell = outbox->free_cells[--outbox->free_count];
    uint64_t sequence = ++outbox->published;
    struct vf_outbox_cell *place = vf_outbox_page_cell(terms->outbox, cell);
    envelope->magic = VF_ENVELOPE_MAGIC;
    envelope->edge = terms->id;
    envelope->cell = cell;
    envelope->sequence = sequence;
    outbox->payloads[cell] = payload ? vf_payload_hold(payload) : NULL;
    vf_outbox_queue_push(&outbox->unreleased, (struct vf_outbox_entry){sequence, cell});
    /* The fence keeps the bytes behind the mark that they are no message, for who copies them
     * now. */
    atomic_store_explicit(&place->sequence, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    memcpy(&place->envelope, envelope, vf_envelope_size(envelope));
    atomic_store(&place->sequence, sequence);
    (void)VF_FAILPOINT("publish.cell");
    record(outbox, envelope);
    (void)VF_FAILPOINT("publish.record");
    if (envelope->description.kind == VF_MESSAGE_DATA)
        atomic_fetch_add_explicit(&terms->outbox->data_published, 1, memory_order_relaxed);
    atomic_store_explicit(vf_outbox_page_index(terms->outbox, terms->cells, sequence), cell,
                          memory_order_release);
    atomic_store(&terms->outbox->published, sequence);
    (void)VF_FAILPOINT("publish.told");
    return atomic_load(&terms->inbox->wanted) == sequence - 1;
}

bool vf_outbox_put(struct vf_outbox *outbox, struct vf_envelope *envelope,
                   struct vf_payload *payload)
{
    assert(outbox->free_count > VF_OUTBOX_SPARE_CELLS);
    vf_outbox_answer(outbox, envelope->description.origin.number);
    bool is_awaited = publish(outbox, envelope, payload);
    vf_outbox_queue_push(&outbox->waiting,
                         (struct vf_outbox_entry){envelope->sequence, envelope->cell});
    return is_awaited;
}

void vf_outbox_answer(struct vf_outbox *outbox, uint64_t number)
{
    if (number > outbox->answered)
        outbox->answered = number;
}

bool vf_outbox_owes(const struct vf_outbox *outbox, uint64_t number)
{
    return number > outbox->answered;
}

int vf_outbox_put_gap(struct vf_outbox *outbox, uint64_t number, uint64_t order,
                      struct vf_envelope *envelope, bool *is_awaited)
{
    *is_awaited = false;
    if (!vf_outbox_owes(outbox, number) && !order)
        return VF_OK;
    uint64_t first = vf_outbox_owes(outbox, number) ? outbox->answered + 1 : number;
    if (outbox->free_count < VF_OUTBOX_SPARE_CELLS)
        vf_outbox_reap(outbox);
    if (outbox->free_count < VF_OUTBOX_SPARE_CELLS)
        return -EAGAIN;
    envelope->arena = 0;
    envelope->description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_GAP,
        .origin = {.number = first, .stream = outbox->terms->origin_stream},
        .gap_last = number,
        .order = order,
        .is_last_of_order = order != 0,
    };
    vf_outbox_answer(outbox, number);
    *is_awaited = publish(outbox, envelope, NULL);
    return VF_OK;
}

int vf_outbox_put_end(struct vf_outbox *outbox, enum vf_end_reason reason,
                      struct vf_envelope *envelope, bool *is_awaited)
{
    *is_awaited = false;
    if (!outbox->free_count)
        vf_outbox_reap(outbox);
    if (!outbox->free_count)
        return -EAGAIN;
    envelope->arena = 0;
    envelope->description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_END,
        .end_reason = (uint16_t)reason,
        .gap_last = outbox->lost,
        .publish_time_ns = vf_clock_now_ns(),
    };
    *is_awaited = publish(outbox, envelope, NULL);
    outbox->has_ended = true;
    return VF_OK;
}

const struct vf_envelope *vf_outbox_after(const struct vf_outbox *outbox, uint64_t sequence,
                                          struct vf_payload **payload)
{
    const struct vf_outbox_queue *queue = &outbox->unreleased;
    for (uint32_t i = 0; i < queue->count; i++) {
        struct vf_outbox_entry entry = queue->items[(queue->first + i) % queue->capacity];
        if (entry.sequence <= sequence)
            continue;
        *payload = outbox->payloads[entry.cell];
        return &vf_outbox_page_cell(outbox->terms->outbox, entry.cell)->envelope;
    }
    return NULL;
}

void vf_outbox_set_sent(struct vf_outbox *outbox, uint64_t sequence)
{
    outbox->sent = sequence;
}

uint64_t vf_outbox_published(const struct vf_outbox *outbox)
{
    return outbox->published;
}

void vf_outbox_count_dropped(struct vf_outbox *outbox, uint64_t count)
{
    atomic_fetch_add_explicit(&outbox->terms->outbox->dropped, count, memory_order_relaxed);
}

void vf_outbox_count_refused(struct vf_outbox *outbox)
{
    atomic_fetch_add_explicit(&outbox->terms->outbox->refused, 1, memory_order_relaxed);
}
