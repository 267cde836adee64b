/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "engine/edge/outbox_inside.h"

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

/* The cells in which messages stand that were published, in that order; the others are free. A cell
 * that was filled but not published is one of those. */
static void find_unreleased(struct vf_outbox *outbox)
{
    const struct vf_edge_terms *terms = outbox->terms;
    outbox->free_count = 0;
    for (uint32_t cell = terms->cells; cell-- > 0;) {
        struct vf_outbox_cell *place = vf_outbox_page_cell(terms->outbox, cell);
        struct vf_outbox_entry entry = {atomic_load(&place->sequence), cell};
        bool is_in_use = entry.sequence && entry.sequence <= outbox->published &&
                         !vf_outbox_is_released(outbox, entry);
        if (is_in_use) {
            vf_outbox_queue_push(&outbox->unreleased, entry);
        } else {
            atomic_store(&place->sequence, 0);
            outbox->free_cells[outbox->free_count++] = cell;
        }
    }
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

/* Holds again what the dead process held. */
static int hold_payloads(struct vf_outbox *outbox, vf_outbox_lend *lend, void *context)
{
    for (uint32_t i = 0; i < outbox->unreleased.count; i++) {
        uint32_t cell = outbox->unreleased.items[i].cell;
        const struct vf_envelope *envelope =
            &vf_outbox_page_cell(outbox->terms->outbox, cell)->envelope;
        if (!envelope->arena)
            continue; /* inline, or none */
        int err = lend(context, envelope->arena, envelope->offset,
                       envelope->description.payload_size, &outbox->payloads[cell]);
        if (err)
            return err;
    }
    return VF_OK;
}

static void take_over(struct vf_outbox *outbox, uint64_t rounds)
{
    struct vf_outbox_page *page = outbox->terms->outbox;
    outbox->published = atomic_load(&page->published);
    outbox->skip_before = atomic_load(&page->skip_before);
    struct vf_outbox_record last = {0};
    if (outbox->published)
        last = page->records[outbox->published % 2];
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
    atomic_store(&page->data_published, last.data);
    atomic_store(&page->dropped, mark.dropped);
    atomic_store(&page->refused, mark.refused);
    atomic_store(&page->waits, 0);
}

int vf_outbox_resume(struct vf_outbox *outbox, uint64_t rounds, vf_outbox_lend *lend, void *context)
{
    take_over(outbox, rounds);
    find_unreleased(outbox);
    qsort(outbox->unreleased.items, outbox->unreleased.count, sizeof(outbox->unreleased.items[0]),
          compare);
    find_waiting(outbox);
    return hold_payloads(outbox, lend, context);
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
