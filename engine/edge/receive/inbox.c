/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/inbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/failpoint.h"
#include "engine/edge/receive/inbox_inside.h"

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
    uint32_t waits = inbox->terms->is_remote ? 0 : atomic_load(&inbox->terms->outbox->waits);
    if (!(waits & reason) || atomic_exchange(&inbox->rung, waits) == waits)
        return;
    uint64_t one = 1;
    ssize_t written = write(inbox->doorbell, &one, sizeof(one));
    (void)written; /* fails only when the bell is ringing already */
}

void vf_inbox_mark_done(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence)
{
    if (inbox->is_abandoned)
        return;
    atomic_store(vf_inbox_page_done(inbox->terms->inbox, cell), sequence);
    ring(inbox, VF_WAITS_FOR_RELEASE);
}

bool vf_inbox_is_dropped(const struct vf_inbox *inbox, const struct vf_waiting *waiting)
{
    return !waiting->is_claimed && waiting->message->description.kind == VF_MESSAGE_DATA &&
           waiting->sequence < atomic_load(&inbox->terms->outbox->skip_before);
}

void vf_inbox_skip(const struct vf_inbox *inbox, struct vf_message **dropped)
{
    vf_inbox_add(&inbox->terms->inbox->skipped, 1);
    vf_message_destroy(dropped);
}

uint64_t vf_inbox_published(const struct vf_inbox *inbox)
{
    return inbox->terms->is_remote ? 0 : atomic_load(&inbox->terms->outbox->published);
}

bool vf_inbox_fall_asleep(struct vf_inbox *inbox)
{
    /* What the sender says it has published, but is not there, is not waited for either. */
    uint64_t known = inbox->seen > inbox->received ? inbox->seen : inbox->received;
    if (!inbox->terms->is_remote)
        atomic_store(&inbox->terms->inbox->wanted, known);
    return vf_inbox_published(inbox) <= known;
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
    /* What a process that died had taken comes once more, and was told already. */
    if (sequence > inbox->taken) {
        inbox->taken = sequence;
        atomic_store(&inbox->terms->inbox->taken, sequence);
    }
    if (vf_inbox_published(inbox) <= sequence + inbox->terms->depth / 2)
        ring(inbox, VF_WAITS_FOR_ROOM);
}

const struct vf_message *vf_inbox_front(struct vf_inbox *inbox)
{
    while (inbox->count && vf_inbox_is_dropped(inbox, &inbox->queue[inbox->first])) {
        struct vf_message *dropped = inbox->queue[inbox->first].message;
        pop(inbox);
        vf_inbox_skip(inbox, &dropped);
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
    front->is_claimed = !vf_inbox_is_dropped(inbox, front);
    if (front->is_claimed)
        return true;
    struct vf_message *dropped = front->message;
    pop(inbox);
    vf_inbox_skip(inbox, &dropped);
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
    vf_inbox_add(is_matched ? &page->data_taken : &page->unmatched, 1);
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
