/* SPDX-License-Identifier: MIT */
#include "engine/edge/page/page.h"

#include <errno.h>
#include <string.h>

#define MOST_LOOKS 64 /* at a record that is written meanwhile */

uint64_t vf_page_sequence(const struct vf_edge_terms *terms, uint32_t cell)
{
    return atomic_load_explicit(&vf_outbox_page_cell(terms->outbox, cell)->sequence,
                                memory_order_acquire);
}

/* The index names the cell at once where nothing has been dropped; it may also be wrong. */
static bool is_indexed(const struct vf_edge_terms *terms, uint64_t sequence, uint32_t *cell)
{
    *cell = atomic_load_explicit(vf_outbox_page_index(terms->outbox, terms->cells, sequence),
                                 memory_order_acquire);
    return *cell < terms->cells && vf_page_sequence(terms, *cell) == sequence;
}

uint64_t vf_page_find(const struct vf_edge_terms *terms, uint64_t after, uint64_t last,
                      uint32_t *cell)
{
    if (after >= last)
        return 0;
    if (is_indexed(terms, after + 1, cell))
        return after + 1;
    uint64_t lowest = 0;
    for (uint32_t i = 0; i < terms->cells; i++) {
        uint64_t sequence = vf_page_sequence(terms, i);
        if (sequence <= after || sequence > last || (lowest && sequence >= lowest))
            continue;
        lowest = sequence;
        *cell = i;
    }
    return lowest;
}

int vf_page_copy(const struct vf_edge_terms *terms, uint32_t cell, uint64_t sequence,
                 struct vf_envelope *envelope)
{
    const struct vf_outbox_cell *place = vf_outbox_page_cell(terms->outbox, cell);
    size_t size = vf_envelope_put(envelope, &place->envelope);
    atomic_thread_fence(memory_order_acquire); /* the copy comes before the second look */
    if (atomic_load_explicit(&place->sequence, memory_order_relaxed) != sequence)
        return -EAGAIN;
    bool is_announced = envelope->sequence == sequence && envelope->cell == cell;
    return is_announced && size <= sizeof(*envelope) ? VF_OK : -EBADMSG;
}

int vf_page_read(const struct vf_edge_terms *terms, const struct vf_envelope_bounds *bounds,
                 uint32_t cell, uint64_t sequence, struct vf_envelope *envelope,
                 const char **complaint)
{
    *complaint = "a message that is not the one announced";
    int err = vf_page_copy(terms, cell, sequence, envelope);
    return err ? err : vf_envelope_check(envelope, vf_envelope_size(envelope), bounds, complaint);
}

/* The sender writes the record after the next only after it has published the next. */
struct vf_outbox_record vf_page_last_record(const struct vf_edge_terms *terms, uint64_t *published)
{
    const struct vf_outbox_page *page = terms->outbox;
    struct vf_outbox_record record = {0};
    uint64_t after = atomic_load(&page->published);
    for (int looks = 0; looks < MOST_LOOKS && (looks == 0 || after != *published); looks++) {
        *published = after;
        memcpy(&record, &page->records[*published % 2], sizeof(record));
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load(&page->published);
    }
    if (after != *published || record.sequence != *published || record.data > *published ||
        record.in_round > record.data)
        return (struct vf_outbox_record){0};
    return record;
}
