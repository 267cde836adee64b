/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "engine/edge/inbox_inside.h"

void vf_inbox_end_round(struct vf_inbox *inbox, uint64_t round)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    const struct vf_waiting *front = &inbox->queue[inbox->first];
    /* What is claimed and still in front has not been answered. */
    bool is_claimed = inbox->count > 0 && front->is_claimed;
    page->marks[round % 2] = (struct vf_inbox_mark){
        .completed = is_claimed ? front->sequence - 1 : inbox->taken,
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

/* Takes in all that stands in the sender's outbox, up to `last`, and is not done. */
static int restore_all(struct vf_inbox *inbox, uint64_t completed, uint64_t last)
{
    struct vf_envelope envelope;
    for (uint64_t after = 0; vf_inbox_read_next_cell(inbox, after, last, &envelope);) {
        if (envelope.sequence == 0)
            continue;
        after = envelope.sequence;
        if (envelope.cell < inbox->terms->cells && is_done(inbox, &envelope))
            continue;
        int err = restore(inbox, &envelope, completed);
        if (err)
            return err;
    }
    inbox->received = last;
    atomic_store(&inbox->terms->inbox->received, last);
    return VF_OK;
}

/* Returns how many messages were data of those published up to *last, which becomes the sender's
 * word at this moment. It writes the record behind the next only after it has published the next. */
static uint64_t count_published(const struct vf_inbox *inbox, uint64_t *last)
{
    const struct vf_outbox_page *page = inbox->terms->outbox;
    uint64_t data;
    do {
        *last = vf_inbox_published(inbox);
        data = *last ? page->records[*last % 2].data : 0;
        atomic_thread_fence(memory_order_seq_cst);
    } while (vf_inbox_published(inbox) != *last);
    return data;
}

static bool is_data(const struct vf_waiting *waiting)
{
    return waiting->message->description.kind == VF_MESSAGE_DATA;
}

/* What became of the data that was neither answered nor waits again: on its way a process may have
 * died between what it did and what it counted. */
static void settle_counts(const struct vf_inbox *inbox, uint64_t published)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    uint64_t taken = atomic_load(&page->data_taken), waiting = 0, retained = 0;
    for (uint32_t i = 0; i < inbox->count; i++)
        waiting += is_data(&inbox->queue[i]);
    for (uint32_t i = 0; i < inbox->retained_count; i++)
        retained += is_data(&inbox->retained[i]);
    uint64_t gone = published - taken - waiting;
    uint64_t unmatched = gone;
    if (inbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST) {
        unmatched = atomic_load(&page->unmatched);
        unmatched = unmatched < gone ? unmatched : gone;
    }
    atomic_store(&page->unmatched, unmatched);
    atomic_store(&page->skipped, gone - unmatched);
    atomic_store(&page->data_done, taken + unmatched - retained);
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
    uint64_t last, published = count_published(inbox, &last);
    int err = restore_all(inbox, mark.completed, last);
    if (!err)
        settle_counts(inbox, published);
    return err;
}

const struct vf_message *vf_inbox_last_answered(const struct vf_inbox *inbox)
{
    for (uint32_t i = inbox->retained_count; i > 0; i--) {
        if (is_data(&inbox->retained[i - 1]))
            return inbox->retained[i - 1].message;
    }
    return NULL;
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
