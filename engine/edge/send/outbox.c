/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/outbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/edge/page/page.h"
#include "engine/edge/page/task_page.h"

#define HIGHEST_SEQUENCE (UINT64_MAX / 4) /* no edge lives so long */
#define SPARE_CELLS 2                     /* that data leaves free: for a gap and for the end */

/* A published message. */
struct entry {
    uint64_t sequence;
    uint32_t cell;
};

/* Entries in the order they were published. */
struct queue {
    struct entry *items;
    uint32_t first, count, capacity;
};

struct vf_outbox {
    const struct vf_edge_terms *terms;
    struct vf_payload **payloads; /* by cell: what it holds */
    uint32_t *free_cells;         /* last freed first */
    uint32_t free_count;
    struct queue unreleased;
    struct queue waiting; /* data that was not taken when last looked */
    uint64_t published, skip_before;
    uint32_t sleeps;   /* how often it has waited, in units of VF_WAITS_COUNT */
    uint64_t sent;     /* by sockets: highest sequence that has left */
    uint64_t lost;     /* up to here nothing is sent any more: it went with a process that died */
    uint64_t answered; /* highest origin number that was published or declared a gap */
    uint64_t order;    /* highest that was stamped */
    uint64_t round;    /* in work */
    uint64_t in_round; /* data messages that were published in it */
    uint64_t repeated; /* of a round that a dead process had begun: data that it had published and
                          that has not come again yet */
    bool has_closed_order; /* in this round, by the process that died or by this one */
    bool has_ended;
};

static struct entry queue_front(const struct queue *queue)
{
    return queue->items[queue->first];
}

static void queue_push(struct queue *queue, struct entry item)
{
    assert(queue->count < queue->capacity);
    queue->items[(queue->first + queue->count++) % queue->capacity] = item;
}

static void queue_pop(struct queue *queue)
{
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
}

static bool queue_create(struct queue *queue, uint32_t capacity)
{
    *queue = (struct queue){.capacity = capacity};
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

bool vf_outbox_is_closed(const struct vf_outbox *outbox)
{
    return atomic_load(&outbox->terms->inbox->is_closed);
}

/* Whether the receiver is done with it. */
static bool is_released(const struct vf_outbox *outbox, struct entry entry)
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
        struct entry entry = queue_front(&outbox->unreleased);
        queue_pop(&outbox->unreleased);
        if (entry.sequence == dead || is_released(outbox, entry))
            free_cell(outbox, entry.cell);
        else
            queue_push(&outbox->unreleased, entry);
    }
}

/* Forgets what no longer waits. */
static void forget_taken(struct vf_outbox *outbox)
{
    uint64_t taken = atomic_load(&outbox->terms->inbox->taken);
    /* Between sockets, what could be dropped leaves only when the receiver sleeps for it. */
    if (outbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST && outbox->sent > taken)
        taken = outbox->sent;
    while (outbox->waiting.count) {
        uint64_t sequence = queue_front(&outbox->waiting).sequence;
        if (sequence > taken && sequence >= outbox->skip_before)
            break;
        queue_pop(&outbox->waiting);
    }
}

void vf_outbox_reap(struct vf_outbox *outbox)
{
    while (outbox->unreleased.count) {
        struct entry entry = queue_front(&outbox->unreleased);
        if (!is_released(outbox, entry))
            break;
        queue_pop(&outbox->unreleased);
        free_cell(outbox, entry.cell);
    }
    if (outbox->free_count <= SPARE_CELLS)
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
    forget_taken(outbox);
    if (outbox->waiting.count >= outbox->terms->depth || outbox->free_count <= SPARE_CELLS)
        return 0;
    unsigned places = outbox->terms->depth - outbox->waiting.count;
    unsigned cells = outbox->free_count - SPARE_CELLS;
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

/* So that a new process does not take it for a message that is on its way. */
static void forget_cell(const struct vf_outbox *outbox, uint64_t sequence)
{
    for (uint32_t cell = 0; cell < outbox->terms->cells; cell++) {
        struct vf_outbox_cell *place = vf_outbox_page_cell(outbox->terms->outbox, cell);
        if (atomic_load_explicit(&place->sequence, memory_order_relaxed) == sequence)
            atomic_store(&place->sequence, 0);
    }
}

/* What has left can no longer be dropped, and what has not is known here alone. */
static void drop_oldest_unsent(struct vf_outbox *outbox)
{
    uint64_t oldest = 0;
    for (uint32_t left = outbox->waiting.count; left; left--) {
        struct entry entry = queue_front(&outbox->waiting);
        queue_pop(&outbox->waiting);
        if (!oldest && entry.sequence > outbox->sent)
            oldest = entry.sequence;
        else
            queue_push(&outbox->waiting, entry);
    }
    if (!oldest)
        return;
    forget_cell(outbox, oldest);
    reap_all(outbox, oldest); /* the receiver counts it when it sees the hole */
}

void vf_outbox_drop_oldest(struct vf_outbox *outbox)
{
    forget_taken(outbox);
    if (!outbox->waiting.count)
        return;
    if (outbox->terms->is_remote) {
        drop_oldest_unsent(outbox);
        return;
    }
    uint64_t sequence = queue_front(&outbox->waiting).sequence;
    queue_pop(&outbox->waiting);
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
    bool needs_cell = outbox->free_count <= SPARE_CELLS;
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
    _Atomic uint32_t *waits = &outbox->terms->outbox->waits;
    /* In no order with anything: whoever reads it late rings once for nothing. */
    if (atomic_load_explicit(waits, memory_order_relaxed) != outbox->sleeps)
        atomic_store_explicit(waits, outbox->sleeps, memory_order_relaxed);
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
 * `asleep_at` and then reads `published`; here it is the other way round, in one order that all
 * agree on: so either it sees the message, or it is seen to sleep. */
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
    queue_push(&outbox->unreleased, (struct entry){sequence, cell});
    /* The fence keeps the bytes after the mark that they are no message, for who copies them
     * now. */
    atomic_store_explicit(&place->sequence, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    (void)vf_envelope_put(&place->envelope, envelope);
    /* Whoever reads this number also finds what it announces; in no order with anything else. */
    atomic_store_explicit(&place->sequence, sequence, memory_order_release);
    (void)VF_FAILPOINT("publish.cell");
    record(outbox, envelope);
    (void)VF_FAILPOINT("publish.record");
    if (envelope->description.kind == VF_MESSAGE_DATA)
        vf_page_add(&terms->outbox->data_published, 1);
    atomic_store_explicit(vf_outbox_page_index(terms->outbox, terms->cells, sequence), cell,
                          memory_order_release);
    atomic_store(&terms->outbox->published, sequence);
    (void)VF_FAILPOINT("publish.told");
    return atomic_load(&terms->inbox->asleep_at) == sequence - 1;
}

bool vf_outbox_put(struct vf_outbox *outbox, struct vf_envelope *envelope,
                   struct vf_payload *payload)
{
    assert(outbox->free_count > SPARE_CELLS);
    vf_outbox_answer(outbox, envelope->description.origin.number);
    bool is_awaited = publish(outbox, envelope, payload);
    queue_push(&outbox->waiting, (struct entry){envelope->sequence, envelope->cell});
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

int vf_outbox_put_gap(struct vf_outbox *outbox, const struct vf_gap *gap,
                      struct vf_envelope *envelope, bool *is_awaited)
{
    *is_awaited = false;
    if (!vf_outbox_owes(outbox, gap->number) && !gap->order)
        return VF_OK;
    uint64_t first = vf_outbox_owes(outbox, gap->number) ? outbox->answered + 1 : gap->number;
    if (outbox->free_count < SPARE_CELLS)
        vf_outbox_reap(outbox);
    if (outbox->free_count < SPARE_CELLS)
        return -EAGAIN;
    envelope->arena = 0;
    envelope->description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_GAP,
        .origin = {.number = first, .stream = outbox->terms->origin_stream},
        .gap_last = gap->number,
        .timestamp = gap->time_ns,
        .time_base = {1, VF_NS_PER_S},
        .order = gap->order,
        .is_last_of_order = gap->order != 0,
    };
    vf_outbox_answer(outbox, gap->number);
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

const struct vf_envelope *vf_outbox_next_to_send(const struct vf_outbox *outbox,
                                                 struct vf_payload **payload)
{
    const struct queue *queue = &outbox->unreleased;
    for (uint32_t i = 0; i < queue->count; i++) {
        struct entry entry = queue->items[(queue->first + i) % queue->capacity];
        if (entry.sequence <= outbox->sent)
            continue;
        *payload = outbox->payloads[entry.cell];
        return &vf_outbox_page_cell(outbox->terms->outbox, entry.cell)->envelope;
    }
    return NULL;
}

void vf_outbox_set_sent(struct vf_outbox *outbox, uint64_t sequence)
{
    _Atomic uint64_t *highest = &outbox->terms->outbox->sent;
    outbox->sent = sequence;
    if (sequence > atomic_load_explicit(highest, memory_order_relaxed))
        atomic_store_explicit(highest, sequence, memory_order_relaxed);
}

uint64_t vf_outbox_sent(const struct vf_outbox *outbox)
{
    return outbox->sent;
}

/* What is not released yet, of any kind or but for data: up to a sequence, or after it. */
static uint64_t count_unreleased(const struct vf_outbox *outbox, bool is_sent, bool has_data)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < outbox->unreleased.count; i++) {
        const struct queue *queue = &outbox->unreleased;
        struct entry entry = queue->items[(queue->first + i) % queue->capacity];
        const struct vf_outbox_cell *cell = vf_outbox_page_cell(outbox->terms->outbox, entry.cell);
        bool is_data = cell->envelope.description.kind == VF_MESSAGE_DATA;
        count += (entry.sequence <= outbox->sent) == is_sent && (has_data || !is_data);
    }
    return count;
}

/* What has not left and is not there any more was data, which alone is dropped. */
uint64_t vf_outbox_data_sent(const struct vf_outbox *outbox)
{
    uint64_t data = atomic_load(&outbox->terms->outbox->data_published);
    uint64_t unsent = outbox->published - outbox->sent - count_unreleased(outbox, false, false);
    return data > unsent ? data - unsent : 0;
}

uint64_t vf_outbox_unreleased_sent(const struct vf_outbox *outbox)
{
    return count_unreleased(outbox, true, true);
}

uint64_t vf_outbox_published(const struct vf_outbox *outbox)
{
    return outbox->published;
}

void vf_outbox_count_dropped(struct vf_outbox *outbox, uint64_t count)
{
    vf_page_add(&outbox->terms->outbox->dropped, count);
}

void vf_outbox_count_refused(struct vf_outbox *outbox)
{
    vf_page_add(&outbox->terms->outbox->refused, 1);
}

void vf_outbox_begin_round(struct vf_outbox *outbox, uint64_t round)
{
    outbox->round = round;
    outbox->in_round = outbox->repeated;
}

bool vf_outbox_consume_repeat(struct vf_outbox *outbox)
{
    if (outbox->repeated)
        outbox->repeated--;
    else if (!outbox->has_ended)
        return false;
    return true;
}

uint64_t vf_outbox_repeated(const struct vf_outbox *outbox)
{
    return outbox->repeated;
}

void vf_outbox_forget_repeated(struct vf_outbox *outbox)
{
    outbox->repeated = 0;
}

bool vf_outbox_has_closed_order(const struct vf_outbox *outbox)
{
    return outbox->has_closed_order;
}

bool vf_outbox_has_ended(const struct vf_outbox *outbox)
{
    return outbox->has_ended;
}

void vf_outbox_end_round(struct vf_outbox *outbox, uint64_t round)
{
    struct vf_outbox_page *page = outbox->terms->outbox;
    page->marks[round % 2] = (struct vf_outbox_mark){
        .dropped = atomic_load_explicit(&page->dropped, memory_order_relaxed),
        .refused = atomic_load_explicit(&page->refused, memory_order_relaxed),
    };
    outbox->has_closed_order = false;
}

/* Holds again what the dead process held in a cell. Returns false for what is no message, or names
 * a payload that cannot be there: its process has spoilt it. */
static bool hold_again(struct vf_outbox *outbox, struct entry entry, vf_outbox_lend *lend,
                       void *context, int *err)
{
    struct vf_envelope envelope;
    bool is_whole = vf_page_copy(outbox->terms, entry.cell, entry.sequence, &envelope) == VF_OK;
    int lent = VF_OK;
    if (is_whole && envelope.arena)
        lent = lend(context, envelope.arena, envelope.offset, envelope.description.payload_size,
                    &outbox->payloads[entry.cell]);
    if (lent == -ENOMEM)
        *err = lent;
    else if (lent || !is_whole)
        vf_log(VF_LOG_ERROR, "a message that was sent to %s is lost: its place is spoilt",
               vf_edge_receiver_name(outbox->terms).text);
    return is_whole && !lent;
}

/* Puts a gap in place of a message that is spoilt: its receiver waits for the next in order. */
static void put_substitute(const struct vf_outbox *outbox, struct entry entry)
{
    struct vf_envelope *envelope =
        &vf_outbox_page_cell(outbox->terms->outbox, entry.cell)->envelope;
    struct vf_description was = envelope->description;
    *envelope = (struct vf_envelope){.magic = VF_ENVELOPE_MAGIC,
                                     .edge = outbox->terms->id,
                                     .sequence = entry.sequence,
                                     .cell = entry.cell};
    envelope->description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_GAP,
        .origin = {.number = was.origin.number, .stream = outbox->terms->origin_stream},
        .gap_last = was.origin.number,
        .timestamp = VF_NO_TIMESTAMP,
        .order = was.order,
        .is_last_of_order = was.is_last_of_order,
    };
}

/* The cells in which messages stand that were published; the others are free. A cell that was
 * filled but not published is one of those. */
static int find_unreleased(struct vf_outbox *outbox, vf_outbox_lend *lend, void *context)
{
    const struct vf_edge_terms *terms = outbox->terms;
    int err = VF_OK;
    outbox->free_count = 0;
    for (uint32_t cell = terms->cells; !err && cell-- > 0;) {
        struct vf_outbox_cell *place = vf_outbox_page_cell(terms->outbox, cell);
        struct entry entry = {atomic_load(&place->sequence), cell};
        bool is_in_use =
            entry.sequence && entry.sequence <= outbox->published && !is_released(outbox, entry);
        bool is_held = is_in_use && hold_again(outbox, entry, lend, context, &err);
        if (is_in_use && !is_held && !err && terms->is_remote) {
            put_substitute(outbox, entry);
            is_held = true;
        }
        if (is_held) {
            queue_push(&outbox->unreleased, entry);
        } else if (!err) {
            atomic_store(&place->sequence, 0);
            outbox->free_cells[outbox->free_count++] = cell;
        }
    }
    return err;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct entry *)a)->sequence;
    uint64_t second = ((const struct entry *)b)->sequence;
    return first < second ? -1 : first > second;
}

/* Which of them wait in the receiver's queue, as far as it has reported. */
static void find_waiting(struct vf_outbox *outbox)
{
    const struct queue *unreleased = &outbox->unreleased;
    uint64_t taken = atomic_load(&outbox->terms->inbox->taken);
    for (uint32_t i = 0; i < unreleased->count; i++) {
        struct entry entry = unreleased->items[i];
        const struct vf_outbox_cell *cell = vf_outbox_page_cell(outbox->terms->outbox, entry.cell);
        if (cell->envelope.description.kind == VF_MESSAGE_DATA && entry.sequence > taken &&
            entry.sequence >= outbox->skip_before)
            queue_push(&outbox->waiting, entry);
    }
}

/* The highest sequence that can have been published, by what stands in the cells and what has
 * arrived. */
static uint64_t find_published(const struct vf_outbox *outbox)
{
    uint64_t highest = atomic_load(&outbox->terms->inbox->received);
    if (highest > HIGHEST_SEQUENCE)
        highest = 0;
    for (uint32_t cell = 0; cell < outbox->terms->cells; cell++) {
        struct vf_envelope envelope;
        uint64_t sequence = vf_page_sequence(outbox->terms, cell);
        if (sequence > highest && sequence <= HIGHEST_SEQUENCE &&
            vf_page_copy(outbox->terms, cell, sequence, &envelope) == VF_OK)
            highest = sequence;
    }
    return highest;
}

/* The page may be that of a process which wrote at random before it died. */
void vf_outbox_take_over(struct vf_outbox *outbox, uint64_t rounds)
{
    struct vf_outbox_page *page = outbox->terms->outbox;
    struct vf_outbox_record last = vf_page_last_record(outbox->terms, &outbox->published);
    bool is_borne_out = last.sequence == outbox->published &&
                        outbox->published <= HIGHEST_SEQUENCE &&
                        (outbox->published || !page->records[0].sequence);
    if (!is_borne_out)
        outbox->published = find_published(outbox);
    outbox->lost = outbox->published;
    /* Elsewhere nothing is ever dropped, whatever stands there, and receivers do not look. */
    outbox->skip_before =
        outbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST ? atomic_load(&page->skip_before) : 0;
    if (outbox->skip_before > outbox->published + 1)
        outbox->skip_before = outbox->published + 1;
    struct vf_outbox_mark mark = {0};
    if (rounds)
        mark = page->marks[rounds % 2];
    outbox->answered = last.answered;
    outbox->order = last.order;
    outbox->has_ended = last.is_end;
    if (last.round > rounds) {
        outbox->repeated = last.in_round;
        outbox->has_closed_order = last.has_closed_order;
    }
    atomic_store(&page->published, outbox->published);
    atomic_store(&page->skip_before, outbox->skip_before);
    atomic_store(&page->data_published, last.data);
    atomic_store(&page->dropped, mark.dropped);
    atomic_store(&page->refused, mark.refused);
    /* So that the receiver, who remembers for which time it rang, rings again. */
    outbox->sleeps = atomic_load(&page->waits) & ~(VF_WAITS_COUNT - 1U);
    atomic_store(&page->waits, outbox->sleeps);
}

int vf_outbox_resume(struct vf_outbox *outbox, uint64_t rounds, vf_outbox_lend *lend, void *context)
{
    vf_outbox_take_over(outbox, rounds);
    outbox->lost = 0; /* it is all in the cells */
    int err = find_unreleased(outbox, lend, context);
    qsort(outbox->unreleased.items, outbox->unreleased.count, sizeof(outbox->unreleased.items[0]),
          compare);
    find_waiting(outbox);
    outbox->sent = atomic_load(&outbox->terms->outbox->sent);
    if (outbox->sent > outbox->published)
        outbox->sent = outbox->published;
    return err;
}

struct vf_payload *vf_outbox_hold_payload(const struct vf_outbox *outbox, uint32_t arena,
                                          uint64_t offset)
{
    for (uint32_t i = 0; i < outbox->terms->cells; i++) {
        struct vf_payload *payload = outbox->payloads[i];
        if (payload && payload->arena == arena && payload->offset == offset)
            return vf_payload_hold(payload);
    }
    return NULL;
}

uint64_t vf_outbox_order(const struct vf_outbox *outbox)
{
    return outbox->order;
}

uint64_t vf_outbox_answered(const struct vf_outbox *outbox)
{
    return outbox->answered;
}
