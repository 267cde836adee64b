/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/straight.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static const double bend_gap = 18; /* beside a bend */

/* One of the four alignments. */
struct alignment {
    struct vf_lattice *lattice;
    bool is_from_below; /* with the slots below, else with those above */
    bool is_from_right; /* else from the left */
    const bool *is_crossed;
    size_t *root;  /* of each slot: the slot that stands for its block */
    size_t *align; /* the next slot of the block, in a circle */
    double *x;     /* of each slot */
};

/* The blocks of an alignment: which stand left of which, and how far apart at least. */
struct blocks {
    size_t *first_left, *first_right; /* of a block the first of the gaps beside it */
    size_t *pending;                  /* of a block the gaps to blocks that are not set yet */
    size_t *ready;                    /* blocks, each after all that are left of it */
    size_t ready_count;
    struct gap {
        size_t left, right, next_left, next_right;
        double width;
    } * gaps;
    size_t gap_count;
};

static double gap_between(const struct vf_lattice_slot *left, const struct vf_lattice_slot *right)
{
    double gap = left->is_bend || right->is_bend ? bend_gap : VF_LAYERS_BOX_GAP;
    return (left->width + right->width) / 2 + gap;
}

/* Marks the links that cross a line between two bends, so that the line is straight and not they.
 * Counts by the place of a link in lattice->up. */
static void mark_crossed(const struct vf_lattice *lattice, size_t layer, bool *is_crossed)
{
    const size_t *slots = vf_lattice_layer(lattice, layer);
    size_t count = vf_lattice_layer_size(lattice, layer), scanned = 0, left = 0;
    for (size_t i = 0; i < count; i++) {
        size_t link = lattice->up.start[slots[i]];
        bool is_inner = lattice->slots[slots[i]].is_bend &&
                        link < lattice->up.start[slots[i] + 1] &&
                        lattice->slots[lattice->up.slots[link]].is_bend;
        if (!is_inner && i + 1 < count)
            continue;
        size_t right = is_inner ? lattice->slots[lattice->up.slots[link]].place : SIZE_MAX;
        for (; scanned <= i; scanned++)
            for (size_t k = lattice->up.start[slots[scanned]];
                 k < lattice->up.start[slots[scanned] + 1]; k++) {
                size_t place = lattice->slots[lattice->up.slots[k]].place;
                is_crossed[k] = place < left || place > right;
            }
        left = is_inner ? right : left;
    }
}

static bool is_crossed_link(const struct alignment *alignment, size_t upper, size_t lower)
{
    const struct vf_lattice_links *up = &alignment->lattice->up;
    for (size_t k = up->start[lower]; k < up->start[lower + 1]; k++)
        if (up->slots[k] == upper && alignment->is_crossed[k])
            return true;
    return false;
}

/* Aligns a slot with one of the two in the middle of those that it is connected with, unless that
 * crosses a line that is aligned already: those up to *limit, as the alignment counts. */
static void align_slot(struct alignment *alignment, size_t slot, size_t *limit)
{
    const struct vf_lattice *lattice = alignment->lattice;
    const struct vf_lattice_links *links = alignment->is_from_below ? &lattice->down : &lattice->up;
    size_t count = links->start[slot + 1] - links->start[slot];
    for (size_t i = 0; count > 0 && i < (count % 2 ? 1 : 2); i++) {
        size_t middle = (count - 1) / 2 + i;
        if (alignment->is_from_right)
            middle = count - 1 - middle;
        size_t other = links->slots[links->start[slot] + middle];
        size_t layer_size = vf_lattice_layer_size(lattice, lattice->slots[other].layer);
        size_t place = lattice->slots[other].place;
        place = alignment->is_from_right ? layer_size - place : place + 1;
        bool is_crossed = alignment->is_from_below ? is_crossed_link(alignment, slot, other)
                                                   : is_crossed_link(alignment, other, slot);
        if (alignment->align[slot] != slot || place <= *limit || is_crossed)
            continue;
        alignment->align[other] = slot;
        alignment->root[slot] = alignment->root[other];
        alignment->align[slot] = alignment->root[other];
        *limit = place;
    }
}

static void align(struct alignment *alignment)
{
    const struct vf_lattice *lattice = alignment->lattice;
    for (size_t i = 0; i < lattice->slot_count; i++)
        alignment->root[i] = alignment->align[i] = i;
    for (size_t i = 1; i < lattice->layer_count; i++) {
        size_t layer = alignment->is_from_below ? lattice->layer_count - 1 - i : i;
        const size_t *slots = vf_lattice_layer(lattice, layer);
        size_t count = vf_lattice_layer_size(lattice, layer), limit = 0;
        for (size_t k = 0; k < count; k++)
            align_slot(alignment, slots[alignment->is_from_right ? count - 1 - k : k], &limit);
    }
}

static void blocks_finish(struct blocks *blocks)
{
    free(blocks->first_left);
    free(blocks->first_right);
    free(blocks->pending);
    free(blocks->ready);
    free(blocks->gaps);
}

static int blocks_init(struct blocks *blocks, size_t slot_count)
{
    *blocks = (struct blocks){0};
    blocks->first_left = calloc(slot_count, sizeof(*blocks->first_left));
    blocks->first_right = calloc(slot_count, sizeof(*blocks->first_right));
    blocks->pending = calloc(slot_count, sizeof(*blocks->pending));
    blocks->ready = calloc(slot_count, sizeof(*blocks->ready));
    blocks->gaps = calloc(slot_count, sizeof(*blocks->gaps));
    if (blocks->first_left && blocks->first_right && blocks->pending && blocks->ready &&
        blocks->gaps)
        return VF_OK;
    blocks_finish(blocks);
    return -ENOMEM;
}

/* Lists the gaps between neighbours of a layer as gaps between their blocks. */
static void list_gaps(struct blocks *blocks, const struct alignment *alignment)
{
    const struct vf_lattice *lattice = alignment->lattice;
    for (size_t i = 0; i < lattice->slot_count; i++) {
        blocks->first_left[i] = blocks->first_right[i] = VF_LATTICE_NONE;
        blocks->pending[i] = 0;
    }
    blocks->gap_count = blocks->ready_count = 0;
    for (size_t i = 0; i < lattice->slot_count; i++) {
        size_t left = lattice->order[i];
        size_t layer = lattice->slots[left].layer;
        if (i + 1 == lattice->start[layer + 1])
            continue;
        size_t right = lattice->order[i + 1], from = alignment->root[left];
        size_t to = alignment->root[right], number = blocks->gap_count++;
        blocks->gaps[number] = (struct gap){
            .left = from,
            .right = to,
            .next_right = blocks->first_right[from],
            .next_left = blocks->first_left[to],
            .width = gap_between(&lattice->slots[left], &lattice->slots[right]),
        };
        blocks->first_right[from] = blocks->first_left[to] = number;
        blocks->pending[to]++;
    }
}

/* Puts the blocks into an order in which each comes after all that stand left of it. */
static void order_blocks(struct blocks *blocks, const struct alignment *alignment)
{
    for (size_t i = 0; i < alignment->lattice->slot_count; i++)
        if (alignment->root[i] == i && blocks->pending[i] == 0)
            blocks->ready[blocks->ready_count++] = i;
    for (size_t i = 0; i < blocks->ready_count; i++)
        for (size_t k = blocks->first_right[blocks->ready[i]]; k != VF_LATTICE_NONE;
             k = blocks->gaps[k].next_right)
            if (--blocks->pending[blocks->gaps[k].right] == 0)
                blocks->ready[blocks->ready_count++] = blocks->gaps[k].right;
}

/* Sets every block as far left as it can be, then as far right as those right of it let it; from the
 * right the other way round. */
static void set_blocks(const struct blocks *blocks, struct alignment *alignment)
{
    bool is_first = true;
    for (int pass = 0; pass < 2; pass++, is_first = false)
        for (size_t i = 0; i < blocks->ready_count; i++) {
            bool is_leftwards = alignment->is_from_right == is_first;
            size_t block = blocks->ready[is_leftwards ? blocks->ready_count - 1 - i : i];
            double x = is_leftwards ? INFINITY : -INFINITY;
            size_t k = is_leftwards ? blocks->first_right[block] : blocks->first_left[block];
            while (k != VF_LATTICE_NONE) {
                const struct gap *gap = &blocks->gaps[k];
                x = is_leftwards ? fmin(x, alignment->x[gap->right] - gap->width)
                                 : fmax(x, alignment->x[gap->left] + gap->width);
                k = is_leftwards ? gap->next_right : gap->next_left;
            }
            if (isfinite(x))
                alignment->x[block] = x;
            else if (is_first)
                alignment->x[block] = 0;
        }
}

static int place(struct alignment *alignment)
{
    struct blocks blocks;
    size_t count = alignment->lattice->slot_count;
    int err = blocks_init(&blocks, count);
    if (err)
        return err;
    align(alignment);
    list_gaps(&blocks, alignment);
    order_blocks(&blocks, alignment);
    set_blocks(&blocks, alignment);
    for (size_t i = 0; i < count; i++)
        alignment->x[i] = alignment->x[alignment->root[i]];
    blocks_finish(&blocks);
    return VF_OK;
}

static void find_extent(const struct vf_lattice *lattice, const double *x, double *left,
                        double *right)
{
    *left = INFINITY;
    *right = -INFINITY;
    for (size_t i = 0; i < lattice->slot_count; i++) {
        *left = fmin(*left, x[i] - lattice->slots[i].width / 2);
        *right = fmax(*right, x[i] + lattice->slots[i].width / 2);
    }
}

/* Shifts the four so that their sides are at those of the narrowest: left at left, right at right. */
static void bring_together(const struct vf_lattice *lattice, double *const x[4])
{
    double left[4], right[4];
    int narrowest = 0;
    for (int i = 0; i < 4; i++) {
        find_extent(lattice, x[i], &left[i], &right[i]);
        if (right[i] - left[i] < right[narrowest] - left[narrowest])
            narrowest = i;
    }
    for (int i = 0; i < 4; i++) {
        double way = i % 2 ? right[narrowest] - right[i] : left[narrowest] - left[i];
        for (size_t k = 0; k < lattice->slot_count; k++)
            x[i][k] += way;
    }
}

/* Returns the mean of the two middle ones. */
static double middle_of(const double values[4])
{
    double sum = 0, least = INFINITY, most = -INFINITY;
    for (int i = 0; i < 4; i++) {
        sum += values[i];
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    return (sum - least - most) / 2;
}

static void take_middle(struct vf_lattice *lattice, double *const x[4])
{
    bring_together(lattice, x);
    for (size_t i = 0; i < lattice->slot_count; i++)
        x[0][i] = middle_of((const double[]){x[0][i], x[1][i], x[2][i], x[3][i]});
    double left, right;
    find_extent(lattice, x[0], &left, &right);
    for (size_t i = 0; i < lattice->slot_count; i++)
        lattice->slots[i].x = x[0][i] - left;
}

int vf_straight_find(struct vf_lattice *lattice)
{
    size_t count = lattice->slot_count;
    bool *is_crossed = calloc(lattice->link_count + 1, sizeof(*is_crossed));
    size_t *roots = calloc(2 * count, sizeof(*roots));
    double *room = calloc(4 * count, sizeof(*room));
    int err = is_crossed && roots && room ? VF_OK : -ENOMEM;
    for (size_t i = 1; i < lattice->layer_count && !err; i++)
        mark_crossed(lattice, i, is_crossed);
    for (size_t i = 0; i < 4 && !err; i++) {
        struct alignment alignment = {
            .lattice = lattice,
            .is_from_below = i >= 2,
            .is_from_right = i % 2 == 1,
            .is_crossed = is_crossed,
            .root = roots,
            .align = roots + count,
            .x = room + i * count,
        };
        err = place(&alignment);
    }
    if (!err)
        take_middle(lattice,
                    (double *const[]){room, room + count, room + 2 * count, room + 3 * count});
    free(is_crossed);
    free(roots);
    free(room);
    return err;
}
