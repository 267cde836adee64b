/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/edge/page/page.h"
#include "engine/edge/send/outbox_inside.h"

#define HIGHEST_SEQUENCE (UINT64_MAX / 4) /* no edge lives so long */

void vf_outbox_begin_round(struct vf_outbox *outbox, uint64_t round)
{
    outbox->round = round;
    outbox->in_round = outbox->repeated;
}

bool vf_outbox_is_repeated(struct vf_outbox *outbox)
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
static bool hold_again(struct vf_outbox *outbox, struct vf_outbox_entry entry, vf_outbox_lend *lend,
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
        vf_log(VF_LOG_ERROR, "a message that was sent to task %u is lost: its place is spoilt",
               outbox->terms->receiver);
    return is_whole && !lent;
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
        struct vf_outbox_entry entry = {atomic_load(&place->sequence), cell};
        bool is_in_use = entry.sequence && entry.sequence <= outbox->published &&
                         !vf_outbox_is_released(outbox, entry);
        if (is_in_use && hold_again(outbox, entry, lend, context, &err)) {
            vf_outbox_queue_push(&outbox->unreleased, entry);
        } else if (!err) {
            atomic_store(&place->sequence, 0);
            outbox->free_cells[outbox->free_count++] = cell;
        }
    }
    return err;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = ((const struct vf_outbox_entry *)a)->sequence;
    uint64_t second = ((const struct vf_outbox_entry *)b)->sequence;
    return first < second ? -1 : first > second;
}

/* Which of them wait in the receiver's queue, as far as it has told. */
static void find_waiting(struct vf_outbox *outbox)
{
    const struct vf_outbox_queue *unreleased = &outbox->unreleased;
    uint64_t taken = atomic_load(&outbox->terms->inbox->taken);
    for (uint32_t i = 0; i < unreleased->count; i++) {
        struct vf_outbox_entry entry = unreleased->items[i];
        const struct vf_outbox_cell *cell = vf_outbox_page_cell(outbox->terms->outbox, entry.cell);
        if (cell->envelope.description.kind == VF_MESSAGE_DATA && entry.sequence > taken &&
            entry.sequence >= outbox->skip_before)
            vf_outbox_queue_push(&outbox->waiting, entry);
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
    outbox->skip_before = atomic_load(&page->skip_before);
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
