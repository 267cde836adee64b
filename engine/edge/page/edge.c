/* SPDX-License-Identifier: MIT */
#include "engine/edge/page/edge.h"

#include <stdio.h>

#define LINE ((size_t)VF_PAGE_LINE)

static size_t in_lines(size_t size)
{
    return (size + LINE - 1) & ~(LINE - 1);
}

/* Elements of the index: a power of two, found without a loop, since each message asks for it. */
static uint32_t index_size(uint32_t cells)
{
    return cells < 2 ? 1 : UINT32_C(2) << (31 - __builtin_clz(cells - 1));
}

size_t vf_outbox_page_size(uint32_t cells)
{
    return in_lines(in_lines(sizeof(struct vf_outbox_page)) +
                    cells * sizeof(struct vf_outbox_cell) +
                    index_size(cells) * sizeof(_Atomic uint32_t));
}

size_t vf_inbox_page_size(uint32_t cells)
{
    return in_lines(in_lines(sizeof(struct vf_inbox_page)) + cells * sizeof(_Atomic uint64_t));
}

struct vf_outbox_cell *vf_outbox_page_cell(const struct vf_outbox_page *page, uint32_t cell)
{
    uintptr_t start = (uintptr_t)page + in_lines(sizeof(*page));
    return (struct vf_outbox_cell *)start + cell;
}

_Atomic uint32_t *vf_outbox_page_index(const struct vf_outbox_page *page, uint32_t cells,
                                       uint64_t sequence)
{
    uintptr_t start = (uintptr_t)vf_outbox_page_cell(page, cells);
    return (_Atomic uint32_t *)start + (sequence & (index_size(cells) - 1));
}

_Atomic uint64_t *vf_inbox_page_done(const struct vf_inbox_page *page, uint32_t cell)
{
    uintptr_t start = (uintptr_t)page + in_lines(sizeof(*page));
    return (_Atomic uint64_t *)start + cell;
}

static struct vf_edge_name name_of(const char *name, uint32_t task)
{
    struct vf_edge_name made;
    if (name)
        snprintf(made.text, sizeof(made.text), "%s", name);
    else
        snprintf(made.text, sizeof(made.text), "task %u", task);
    return made;
}

struct vf_edge_name vf_edge_sender_name(const struct vf_edge_terms *terms)
{
    return name_of(terms->sender_name, terms->sender);
}

struct vf_edge_name vf_edge_receiver_name(const struct vf_edge_terms *terms)
{
    return name_of(terms->receiver_name, terms->receiver);
}
