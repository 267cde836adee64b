/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/inbox.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/edge/page/page.h"
#include "engine/edge/page/task_page.h"
#include "engine/edge/receive/inbox_inside.h"

#define EDGE_SHIFT 40 /* in the name of what came through a wire */

/* A payload that lies in another task's arena, or came inline; the last drop releases its cell. */
struct vf_arrival {
    struct vf_payload payload;
    struct vf_inbox *inbox;
    uint64_t sequence;
    uint32_t cell;
    struct vf_payload *part; /* where the bytes came in; NULL: in an arena, or inline */
    uint8_t inline_bytes[];
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

void vf_inbox_abandon(struct vf_inbox *inbox)
{
    inbox->is_abandoned = true;
}

void vf_inbox_destroy(struct vf_inbox **inbox)
{
    if (!*inbox)
        return;
    for (; (*inbox)->count; (*inbox)->count--) {
        vf_message_destroy(&(*inbox)->queue[(*inbox)->first].message);
        (*inbox)->first = ((*inbox)->first + 1) % (*inbox)->capacity;
    }
    vf_inbox_forget_gathered(*inbox);
    vf_inbox_forget_answered(*inbox);
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
    uint32_t waits = atomic_load(&inbox->terms->outbox->waits);
    if (!(waits & reason) || atomic_exchange(&inbox->rung, waits) == waits)
        return;
    uint64_t one = 1;
    ssize_t written = write(inbox->doorbell, &one, sizeof(one));
    (void)written; /* fails only when the bell is ringing already */
}

/* Between sockets, the next message of a cell may be done before the last copy of one before. */
static void raise(_Atomic uint64_t *done, uint64_t sequence)
{
    uint64_t known = atomic_load(done);
    while (known < sequence && !atomic_compare_exchange_weak(done, &known, sequence))
        ;
}

void vf_inbox_mark_done(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence)
{
    _Atomic uint64_t *done = vf_inbox_page_done(inbox->terms->inbox, cell);
    if (inbox->is_abandoned)
        return;
    if (inbox->terms->is_remote)
        raise(done, sequence);
    else
        atomic_store(done, sequence);
    ring(inbox, VF_WAITS_FOR_RELEASE);
}

/* Whether the sender has replaced it by a newer one. Ends and gaps are never dropped. Where senders
 * wait for room, `skip_before` is not even read: a line of the cache that the sender keeps busy. */
static bool is_dropped(const struct vf_inbox *inbox, const struct vf_waiting *waiting)
{
    return inbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST && !waiting->is_claimed &&
           waiting->message->description.kind == VF_MESSAGE_DATA &&
           waiting->sequence < atomic_load(&inbox->terms->outbox->skip_before);
}

/* Gives up a message that was dropped. */
static void skip(const struct vf_inbox *inbox, struct vf_message **dropped)
{
    vf_page_add(&inbox->terms->inbox->skipped, 1);
    vf_message_destroy(dropped);
}

/* The highest sequence there is to be read in the sender's outbox. */
static uint64_t published_by_sender(const struct vf_inbox *inbox)
{
    return atomic_load(&inbox->terms->outbox->published);
}

bool vf_inbox_fall_asleep(struct vf_inbox *inbox)
{
    /* What the sender says it has published, but is not there, is not waited for either, as long as it
     * says so: who asks for what comes after it is not woken for what does come. */
    if (inbox->seen > published_by_sender(inbox))
        inbox->seen = 0;
    uint64_t known = inbox->seen > inbox->received ? inbox->seen : inbox->received;
    atomic_store(&inbox->terms->inbox->asleep_at, known);
    return published_by_sender(inbox) <= known;
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
    /* What a process that died had taken comes again, and was reported already. */
    if (sequence > inbox->taken) {
        inbox->taken = sequence;
        atomic_store(&inbox->terms->inbox->taken, sequence);
    }
    if (published_by_sender(inbox) <= sequence + inbox->terms->depth / 2)
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

bool vf_inbox_claim(struct vf_inbox *inbox)
{
    assert(inbox->count > 0);
    struct vf_waiting *front = &inbox->queue[inbox->first];
    if (front->is_claimed)
        return true;
    /* The sender is told first and asked then: see vf_outbox_drop_oldest(). */
    mark_taken(inbox, front->sequence);
    (void)VF_FAILPOINT("take.told");
    front->is_claimed = !is_dropped(inbox, front);
    if (front->is_claimed)
        return true;
    struct vf_message *dropped = front->message;
    pop(inbox);
    skip(inbox, &dropped);
    return false;
}

void vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message)
{
    *message = NULL;
    if (!vf_inbox_claim(inbox))
        return;
    struct vf_waiting waiting = inbox->queue[inbox->first];
    *message = waiting.message;
    pop(inbox);
    if ((*message)->description.kind == VF_MESSAGE_DATA)
        return;
    vf_inbox_mark_done(inbox, waiting.cell, waiting.sequence);
    if ((*message)->description.kind == VF_MESSAGE_END) {
        inbox->has_ended = true;
        inbox->end_reason = (*message)->description.end_reason;
        atomic_store(&inbox->terms->inbox->ended, 1U + inbox->end_reason);
    }
}

void vf_inbox_count(struct vf_inbox *inbox, bool is_matched)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    vf_page_add(is_matched ? &page->data_taken : &page->unmatched, 1);
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

static void release_arrival(struct vf_payload *payload)
{
    struct vf_arrival *arrival = payload->owner;
    /* In whatever thread, so two may count at once. */
    if (!arrival->inbox->is_abandoned)
        atomic_fetch_add_explicit(&arrival->inbox->terms->inbox->data_done, 1,
                                  memory_order_relaxed);
    vf_payload_drop(&arrival->part);
    vf_inbox_mark_done(arrival->inbox, arrival->cell, arrival->sequence);
    free(arrival);
}

/* Returns where an arena is, which it maps if that is the first message that lies there. */
static uint8_t *find_arena(const struct vf_arena_view *arenas, uint32_t arena)
{
    uint8_t *bytes = arenas->bytes[arena];
    return bytes || !arenas->map ? bytes : arenas->map(arenas->context, arena);
}

/* Finds the bytes of an arrival. Takes *part. */
static int place_payload(struct vf_arrival *arrival, const struct vf_envelope *envelope,
                         struct vf_payload **part)
{
    struct vf_payload *payload = &arrival->payload;
    if (envelope->arena == VF_ARENA_PART) {
        assert(part && *part); /* or the envelope would have been refused */
        payload->data = (*part)->data;
        /* No arena has it, but a new process that is sent it again knows it by this. */
        payload->offset = ((uint64_t)arrival->inbox->terms->id + 1) << EDGE_SHIFT |
                          (arrival->sequence & ((UINT64_C(1) << EDGE_SHIFT) - 1));
        arrival->part = *part;
        *part = NULL;
    } else if (envelope->arena) {
        payload->arena = envelope->arena;
        payload->offset = envelope->offset;
        uint8_t *arena = find_arena(arrival->inbox->arenas, envelope->arena);
        if (!arena)
            return -ENOMEM;
        payload->data = arena + envelope->offset;
    } else {
        memcpy(arrival->inline_bytes, envelope->inline_bytes, payload->size);
        payload->data = arrival->inline_bytes;
    }
    return VF_OK;
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
    int err = place_payload(arrival, envelope, part);
    if (err) {
        free(arrival);
        return err;
    }
    *payload = &arrival->payload;
    return VF_OK;
}

struct vf_envelope_bounds vf_inbox_bounds(const struct vf_inbox *inbox)
{
    return (struct vf_envelope_bounds){.edge = inbox->terms->id,
                                       .cells = inbox->terms->cells,
                                       .arena_sizes = inbox->arenas->sizes,
                                       .arena_count = inbox->arenas->count,
                                       .may_be_hollow = inbox->terms->may_be_hollow};
}

void vf_inbox_leave_out(const struct vf_inbox *inbox, const char *complaint)
{
    _Atomic uint64_t *invalid = &inbox->terms->inbox->invalid;
    uint64_t count = atomic_fetch_add_explicit(invalid, 1, memory_order_relaxed) + 1;
    struct vf_edge_name sender = vf_edge_sender_name(inbox->terms);
    if (count == 1)
        vf_log(VF_LOG_ERROR, "%s sent %s", sender.text, complaint);
    else if ((count & (count - 1)) == 0) /* a liar may be quick */
        vf_log(VF_LOG_ERROR, "%s sent %s; %" PRIu64 " times what it sent has been wrong",
               sender.text, complaint, count);
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
    struct vf_message *message = malloc(sizeof(*message)); /* quicker than calloc() to reuse */
    if (!message)
        return -ENOMEM;
    vf_description_put(&message->description, &envelope->description);
    message->payload = NULL;
    message->is_received = true;
    if (inbox->terms->delay_ns)
        vf_message_delay(&message->description, inbox->terms->delay_ns);
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
        pop(inbox);
        if (is_dropped(inbox, &waiting))
            skip(inbox, &waiting.message);
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
        vf_page_add(&terms->inbox->skipped, missing);
    else if (missing)
        vf_inbox_leave_out(inbox, "messages that are not there");
    inbox->received = sequence;
    /* Nobody who shares memory decides anything by it while this process lives. */
    atomic_store_explicit(&terms->inbox->received, sequence, memory_order_release);
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
 * sender can have there, nor more than `most`. Only what is found there counts as published. Returns
 * how many messages that were. */
static int read_outbox(struct vf_inbox *inbox, uint64_t last, int most)
{
    int count = 0;
    uint32_t looks = 2 * inbox->terms->cells;
    for (; inbox->received < last && looks && count < most; looks--) {
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
    if (!err && inbox->gathered)
        return vf_inbox_gather(inbox, envelope, part);
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
        err = read_outbox(inbox, envelope->sequence - 1, INT_MAX);
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

/* Whether the end has arrived, be it taken or not. */
static bool has_end(const struct vf_inbox *inbox)
{
    uint32_t last = (inbox->first + inbox->count + inbox->capacity - 1) % inbox->capacity;
    return inbox->has_ended ||
           (inbox->count && inbox->queue[last].message->description.kind == VF_MESSAGE_END);
}

int vf_inbox_lose(struct vf_inbox *inbox)
{
    struct vf_payload *no_part = NULL;
    struct vf_envelope end = {
        .edge = inbox->terms->id,
        .sequence = inbox->received + 1,
        .description = {.kind = VF_MESSAGE_END,
                        .end_reason = VF_END_FAILED,
                        .timestamp = VF_NO_TIMESTAMP},
    };
    if (has_end(inbox) || !has_place(inbox)) /* then it is tried again when there is */
        return VF_OK;
    return enqueue(inbox, &end, &no_part);
}

int vf_inbox_collect_some(struct vf_inbox *inbox, int most)
{
    uint64_t last = published_by_sender(inbox);
    return last > inbox->received ? read_outbox(inbox, last, most) : 0;
}

int vf_inbox_collect(struct vf_inbox *inbox)
{
    return vf_inbox_collect_some(inbox, INT_MAX);
}

struct vf_inbox_mark vf_inbox_mark(const struct vf_inbox *inbox)
{
    const struct vf_inbox_page *page = inbox->terms->inbox;
    const struct vf_waiting *front = &inbox->queue[inbox->first];
    /* What is claimed and still in front has not been answered. */
    bool is_claimed = inbox->count > 0 && front->is_claimed;
    return (struct vf_inbox_mark){
        .completed = is_claimed ? front->sequence - 1 : inbox->taken,
        .data_taken = atomic_load_explicit(&page->data_taken, memory_order_relaxed),
    };
}

void vf_inbox_end_round_at(struct vf_inbox *inbox, uint64_t round, struct vf_inbox_mark mark)
{
    inbox->terms->inbox->marks[round % 2] = mark;
}

void vf_inbox_end_round(struct vf_inbox *inbox, uint64_t round)
{
    vf_inbox_end_round_at(inbox, round, vf_inbox_mark(inbox));
}

void vf_inbox_give_up(struct vf_inbox *inbox, struct vf_inbox_mark mark)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    uint64_t taken = atomic_load_explicit(&page->data_taken, memory_order_relaxed);
    atomic_store_explicit(&page->data_taken, mark.data_taken, memory_order_relaxed);
    vf_page_add(&page->unmatched, taken - mark.data_taken);
}

void vf_inbox_set_floor(struct vf_inbox *inbox, uint64_t floor, uint64_t expected)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    if (floor > atomic_load_explicit(&page->floor, memory_order_relaxed))
        atomic_store_explicit(&page->floor, floor, memory_order_relaxed);
    if (expected > atomic_load_explicit(&page->expected, memory_order_relaxed))
        atomic_store_explicit(&page->expected, expected, memory_order_relaxed);
}

static struct vf_payload *payload_at(const struct vf_waiting *waiting, uint32_t arena,
                                     uint64_t offset)
{
    struct vf_payload *payload = waiting->message->payload;
    return payload && payload->arena == arena && payload->offset == offset ? payload : NULL;
}

struct vf_payload *vf_inbox_hold_payload(const struct vf_inbox *inbox, uint32_t arena,
                                         uint64_t offset)
{
    struct vf_payload *found = NULL;
    for (uint32_t i = 0; !found && i < inbox->retained_count; i++)
        found = payload_at(&inbox->retained[i], arena, offset);
    for (uint32_t i = 0; !found && i < inbox->count; i++)
        found = payload_at(&inbox->queue[(inbox->first + i) % inbox->capacity], arena, offset);
    return found ? vf_payload_hold(found) : NULL;
}
