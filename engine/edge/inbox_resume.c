/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "engine/edge/inbox_inside.h"

void vf_inbox_end_round(struct vf_inbox *inbox, uint64_t round)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    page->marks[round % 2] = (struct vf_inbox_mark){
        .completed = inbox->taken,
        .data_taken = atomic_load_explicit(&page->data_taken, memory_order_relaxed),
    };
}

void vf_inbox_set_floor(struct vf_inbox *inbox, uint64_t floor, uint64_t expected)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    if (floor > atomic_load_explicit(&page->floor, memory_order_relaxed))
        atomic_store_explicit(&page->floor, floor, memory_order_relaxed);
    if (expected > atomic_load_explicit(&page->expected, memory_order_relaxed))
        atomic_store_explicit(&page->expected, expected, memory_order_relaxed);
}

static void take_over(struct vf_inbox *inbox, const struct vf_inbox_mark *mark)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    uint32_t ended = atomic_load(&page->ended);
    inbox->has_ended = ended != 0;
    inbox->end_reason = ended ? (enum vf_end_reason)(ended - 1) : VF_END_COMPLETE;
    inbox->received = atomic_load(&page->received);
    inbox->taken = atomic_load(&page->taken);
    atomic_store(&page->data_taken, mark->data_taken);
}

/* Takes in one message that is not done. */
static int restore(struct vf_inbox *inbox, const struct vf_envelope *envelope, uint64_t completed)
{
    struct vf_payload *no_part = NULL;
    struct vf_waiting waiting;
    int err = vf_inbox_wrap(inbox, envelope, vf_envelope_size(envelope), &no_part, &waiting);
    if (err)
        return err;
    waiting.is_claimed = waiting.sequence <= inbox->taken;
    if (waiting.sequence <= completed)
        inbox->retained[inbox->retained_count++] = waiting;
    else
        inbox->queue[inbox->count++] = waiting;
    return VF_OK;
}

static bool is_done(const struct vf_inbox *inbox, const struct vf_envelope *envelope)
{
    const _Atomic uint64_t *done = vf_inbox_page_done(inbox->terms->inbox, envelope->cell);
    return atomic_load(done) >= envelope->sequence;
}

/* Takes in all that stands in the sender's outbox and is not done. What was published since the dead
 * process looked, and stands there no more, was dropped. */
static int restore_all(struct vf_inbox *inbox, uint64_t completed)
{
    struct vf_envelope envelope;
    uint64_t last = vf_inbox_published(inbox);
    uint64_t missing = last - inbox->received;
    for (uint64_t after = 0; vf_inbox_read_next_cell(inbox, after, last, &envelope);) {
        if (envelope.sequence == 0)
            continue;
        after = envelope.sequence;
        missing -= after > inbox->received;
        if (envelope.cell < inbox->terms->cells && is_done(inbox, &envelope))
            continue;
        int err = restore(inbox, &envelope, completed);
        if (err)
            return err;
    }
    vf_inbox_add(&inbox->terms->inbox->skipped, missing);
    inbox->received = last;
    atomic_store(&inbox->terms->inbox->received, last);
    return VF_OK;
}

int vf_inbox_resume(struct vf_inbox *inbox, uint64_t rounds)
{
    struct vf_inbox_mark mark = {0};
    if (rounds)
        mark = inbox->terms->inbox->marks[rounds % 2];
    inbox->retained = calloc(inbox->terms->cells, sizeof(*inbox->retained));
    if (!inbox->retained)
        return -ENOMEM;
    take_over(inbox, &mark);
    return restore_all(inbox, mark.completed);
}

void vf_inbox_forget_answered(struct vf_inbox *inbox)
{
    while (inbox->retained_count) {
        struct vf_waiting *answered = &inbox->retained[--inbox->retained_count];
        if (!answered->message->payload) /* a gap or an end is done once it is taken */
            vf_inbox_mark_done(inbox, answered->cell, answered->sequence);
        vf_message_destroy(&answered->message);
    }
    free(inbox->retained);
    inbox->retained = NULL;
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
