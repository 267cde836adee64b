/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/edge/page/page.h"
#include "engine/edge/receive/inbox_inside.h"

int vf_inbox_begin_gathering(struct vf_inbox *inbox, uint64_t process)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    inbox->gathered = calloc(inbox->terms->cells, sizeof(*inbox->gathered));
    if (!inbox->gathered)
        return -ENOMEM;
    atomic_store(&page->received, 0);
    atomic_store(&page->process, process);
    return VF_OK;
}

void vf_inbox_forget_gathered(struct vf_inbox *inbox)
{
    for (uint32_t cell = 0; inbox->gathered && cell < inbox->terms->cells; cell++)
        vf_message_destroy(&inbox->gathered[cell].message);
    free(inbox->gathered);
    inbox->gathered = NULL;
}

/* After the recap, what comes is new, and in order. */
static bool is_behind_hole(const struct vf_inbox *inbox, uint64_t sequence)
{
    return inbox->has_recap && sequence > inbox->received + 1 &&
           inbox->terms->overflow != VF_OVERFLOW_DROP_OLDEST;
}

int vf_inbox_gather(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                    struct vf_payload **part)
{
    struct vf_waiting *place = &inbox->gathered[envelope->cell];
    uint64_t done = atomic_load(vf_inbox_page_done(inbox->terms->inbox, envelope->cell));
    uint64_t sequence = envelope->sequence;
    bool is_new = !place->message || place->sequence < sequence;
    if (done >= sequence || !is_new || is_behind_hole(inbox, sequence))
        return VF_OK;
    vf_message_destroy(&place->message); /* its sender has let go of it */
    int err = vf_inbox_wrap(inbox, envelope, part, place);
    if (!err && inbox->has_recap && sequence > inbox->received)
        inbox->received = sequence;
    return err;
}

bool vf_inbox_has_gathered(const struct vf_inbox *inbox)
{
    return !inbox->gathered || inbox->has_recap;
}

void vf_inbox_hear_recap(struct vf_inbox *inbox, const struct vf_recap *recap)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    uint64_t count = 0, highest = recap->sequence;
    if (vf_inbox_has_gathered(inbox) || recap->process != atomic_load(&page->process) ||
        recap->data > recap->sequence)
        return;
    for (uint32_t cell = 0; cell < inbox->terms->cells; cell++) {
        const struct vf_waiting *found = &inbox->gathered[cell];
        count += found->message && found->sequence <= recap->sequence;
        highest = found->message && found->sequence > highest ? found->sequence : highest;
    }
    if (count != recap->count)
        return; /* some were lost on the way: they are asked for again */
    inbox->recap = *recap;
    inbox->has_recap = true;
    inbox->received = highest;
    atomic_store(&page->received, highest);
}

static uint64_t lower(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t less(uint64_t from, uint64_t number)
{
    return from > number ? from - number : 0;
}

/* The page may be that of a process which wrote at random before it died: what is taken from it is
 * made to fit what the sender has published, up to `last`. */
static void take_over(struct vf_inbox *inbox, uint64_t last)
{
    const struct vf_inbox_page *page = inbox->terms->inbox;
    uint32_t ended = atomic_load(&page->ended);
    inbox->has_ended = ended != 0 && ended <= 1U + VF_END_FAILED;
    inbox->end_reason = inbox->has_ended ? (enum vf_end_reason)(ended - 1) : VF_END_COMPLETE;
    inbox->received = lower(atomic_load(&page->received), last);
    inbox->taken = lower(atomic_load(&page->taken), last);
}

void vf_inbox_take_over(struct vf_inbox *inbox)
{
    take_over(inbox, UINT64_MAX);
    vf_inbox_forget_gathered(inbox);
}

/* Finds what stands in the sender's outbox, up to `last`, and is not done: *count messages, one a
 * cell at most. */
static int find_all(struct vf_inbox *inbox, uint64_t last, struct vf_waiting *found, size_t *count)
{
    struct vf_envelope_bounds bounds = vf_inbox_bounds(inbox);
    int err = VF_OK;
    for (uint32_t cell = 0; err != -ENOMEM && cell < inbox->terms->cells; cell++) {
        struct vf_envelope envelope;
        struct vf_payload *no_part = NULL;
        const char *complaint;
        uint64_t sequence = vf_page_sequence(inbox->terms, cell);
        if (!sequence || sequence > last)
            continue;
        if (sequence > inbox->received)
            inbox->received = sequence;
        if (atomic_load(vf_inbox_page_done(inbox->terms->inbox, cell)) >= sequence)
            continue;
        err = vf_page_read(inbox->terms, &bounds, cell, sequence, &envelope, &complaint);
        if (err == -EBADMSG) {
            vf_inbox_leave_out(inbox, complaint);
            vf_inbox_mark_done(inbox, cell, sequence);
        } else if (!err) {
            err = vf_inbox_wrap(inbox, &envelope, &no_part, &found[*count]);
            *count += !err;
        }
    }
    return err == -ENOMEM ? err : VF_OK;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct vf_waiting *)a)->sequence;
    uint64_t second = ((const struct vf_waiting *)b)->sequence;
    return first < second ? -1 : first > second;
}

/* Likewise what the sender has sent again. */
static int take_gathered(struct vf_inbox *inbox, struct vf_waiting *found, size_t *count)
{
    for (uint32_t cell = 0; cell < inbox->terms->cells; cell++) {
        if (!inbox->gathered[cell].message)
            continue;
        found[(*count)++] = inbox->gathered[cell];
        inbox->gathered[cell].message = NULL;
    }
    vf_inbox_forget_gathered(inbox);
    return VF_OK;
}

/* Takes in all that is not done, in its order: what had been answered is retained, the rest
 * waits. */
static int restore_all(struct vf_inbox *inbox, uint64_t completed, uint64_t last)
{
    struct vf_waiting *found = calloc(inbox->terms->cells, sizeof(*found));
    if (!found)
        return -ENOMEM;
    size_t count = 0;
    int err = inbox->gathered ? take_gathered(inbox, found, &count)
                              : find_all(inbox, last, found, &count);
    qsort(found, count, sizeof(*found), compare);
    for (size_t i = 0; i < count; i++) {
        struct vf_waiting *waiting = &found[i];
        waiting->is_claimed = waiting->sequence <= inbox->taken;
        if (i && waiting->sequence == found[i - 1].sequence) {
            vf_inbox_leave_out(inbox, "two messages as one");
            vf_message_destroy(&waiting->message);
        } else if (waiting->sequence <= completed) {
            inbox->retained[inbox->retained_count++] = *waiting;
        } else {
            inbox->queue[inbox->count++] = *waiting;
        }
    }
    free(found);
    atomic_store(&inbox->terms->inbox->received, inbox->received);
    return err;
}

static bool is_data(const struct vf_waiting *waiting)
{
    assert(waiting->message); /* retained and queued are counted as they are filled */
    return waiting->message->description.kind == VF_MESSAGE_DATA;
}

/* What became of the data that was neither answered nor waits again: on its way a process may have
 * died between what it did and what it counted. */
static void recount(const struct vf_inbox *inbox, uint64_t published)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    uint64_t taken = atomic_load(&page->data_taken), waiting = 0, retained = 0;
    for (uint32_t i = 0; i < inbox->count; i++)
        waiting += is_data(&inbox->queue[i]);
    for (uint32_t i = 0; i < inbox->retained_count; i++)
        retained += is_data(&inbox->retained[i]);
    uint64_t gone = less(less(published, taken), waiting);
    gone = less(gone, atomic_load(&page->invalid));
    uint64_t unmatched = gone;
    if (inbox->terms->overflow == VF_OVERFLOW_DROP_OLDEST) {
        unmatched = lower(atomic_load(&page->unmatched), gone);
    }
    atomic_store(&page->unmatched, unmatched);
    atomic_store(&page->skipped, gone - unmatched);
    atomic_store(&page->data_done, less(taken + unmatched, retained));
}

/* Where the ends share no memory: how far the sender had sent, as it says or, where it is not there
 * any more, as it has to be; and how many of those are data, where that is known. */
static uint64_t find_last_gathered(const struct vf_inbox *inbox, uint64_t *data)
{
    uint64_t last =
        inbox->has_recap ? inbox->recap.sequence : atomic_load(&inbox->terms->inbox->taken);
    uint64_t end = last;
    *data = inbox->recap.data;
    for (uint32_t cell = 0; cell < inbox->terms->cells; cell++) {
        const struct vf_waiting *found = &inbox->gathered[cell];
        if (!found->message || found->sequence <= last)
            continue;
        *data += is_data(found);
        end = found->sequence > end ? found->sequence : end;
    }
    return end;
}

int vf_inbox_resume(struct vf_inbox *inbox, uint64_t rounds)
{
    struct vf_inbox_page *page = inbox->terms->inbox;
    struct vf_inbox_mark mark = {0};
    bool is_known = !inbox->gathered || inbox->has_recap;
    uint64_t last, published;
    if (rounds)
        mark = page->marks[rounds % 2];
    inbox->retained = calloc(inbox->terms->cells, sizeof(*inbox->retained));
    if (!inbox->retained)
        return -ENOMEM;
    if (inbox->gathered) {
        last = find_last_gathered(inbox, &published);
        atomic_store(&page->received, last);
    } else {
        published = vf_page_last_record(inbox->terms, &last).data;
    }
    take_over(inbox, last);
    atomic_store(&page->data_taken, lower(mark.data_taken, last));
    int err = restore_all(inbox, mark.completed, last);
    if (!err && is_known)
        recount(inbox, published);
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
