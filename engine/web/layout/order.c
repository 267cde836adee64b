/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Swept so often at most; larger graphs less, for the sake of time. */
enum { SWEEPS = 24, FEW_SWEEPS = 6, LARGE = 3000 };

/* A slot that is put at another place in its layer. */
struct seat {
    size_t slot, place;
    double median; /* below 0: it stays where it is */
};

struct ordering {
    struct vf_lattice *lattice;
    struct seat *seats;
    size_t *counts; /* a tree of sums over the places of a layer */
    size_t *best;   /* the best order so far */
};

static int by_place(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

static int by_median(const void *left, const void *right)
{
    const struct seat *a = left, *b = right;
    if (a->median != b->median)
        return a->median < b->median ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Keeps the links of each slot in the order of their places, as all here expects them. */
static void sort_links(const struct vf_lattice *lattice, struct vf_lattice_links *links,
                       size_t *places)
{
    for (size_t i = 0; i < lattice->slot_count; i++) {
        size_t *slots = &links->slots[links->start[i]];
        size_t count = links->start[i + 1] - links->start[i];
        if (count < 2)
            continue;
        const size_t *layer = vf_lattice_layer(lattice, lattice->slots[slots[0]].layer);
        for (size_t k = 0; k < count; k++)
            places[k] = lattice->slots[slots[k]].place;
        qsort(places, count, sizeof(*places), by_place);
        for (size_t k = 0; k < count; k++)
            slots[k] = layer[places[k]];
    }
}

/* Counts the crossings between a layer and the next: for each line from the left those before it that
 * end further right. */
static size_t crossings_below(const struct ordering *ordering, size_t layer)
{
    const struct vf_lattice *lattice = ordering->lattice;
    size_t width = vf_lattice_layer_size(lattice, layer + 1), leaves = 1;
    while (leaves < width)
        leaves *= 2;
    memset(ordering->counts, 0, 2 * leaves * sizeof(*ordering->counts));
    size_t crossings = 0;
    const size_t *upper = vf_lattice_layer(lattice, layer);
    for (size_t i = 0; i < vf_lattice_layer_size(lattice, layer); i++)
        for (size_t k = lattice->down.start[upper[i]]; k < lattice->down.start[upper[i] + 1]; k++) {
            size_t at = leaves + lattice->slots[lattice->down.slots[k]].place;
            for (ordering->counts[at]++; at > 1; at /= 2) {
                crossings += at % 2 ? 0 : ordering->counts[at + 1];
                ordering->counts[at / 2]++;
            }
        }
    return crossings;
}

static size_t all_crossings(struct ordering *ordering)
{
    size_t crossings = 0;
    sort_links(ordering->lattice, &ordering->lattice->down, ordering->counts);
    sort_links(ordering->lattice, &ordering->lattice->up, ordering->counts);
    for (size_t i = 0; i + 1 < ordering->lattice->layer_count; i++)
        crossings += crossings_below(ordering, i);
    return crossings;
}

/* Returns the weighted median of the places of a slot's links: between the two in the middle nearer to
 * the side where they are denser. */
static double median_of(const struct vf_lattice *lattice, const struct vf_lattice_links *links,
                        size_t slot)
{
    const size_t *slots = &links->slots[links->start[slot]];
    size_t count = links->start[slot + 1] - links->start[slot], middle = count / 2;
    if (count == 0)
        return -1;
#define PLACE(i) ((double)lattice->slots[slots[i]].place)
    if (count % 2 == 1)
        return PLACE(middle);
    if (count == 2)
        return (PLACE(0) + PLACE(1)) / 2;
    double left = PLACE(middle - 1) - PLACE(0), right = PLACE(count - 1) - PLACE(middle);
    if (left + right == 0)
        return PLACE(middle);
    return (PLACE(middle - 1) * right + PLACE(middle) * left) / (left + right);
#undef PLACE
}

/* Sorts a layer by the medians of its slots; those that have none stay. */
static void settle(struct ordering *ordering, size_t layer, const struct vf_lattice_links *links)
{
    struct vf_lattice *lattice = ordering->lattice;
    size_t *slots = vf_lattice_layer(lattice, layer), count = vf_lattice_layer_size(lattice, layer);
    size_t moving = 0;
    for (size_t i = 0; i < count; i++) {
        size_t beside = lattice->slots[slots[i]].beside;
        double median = median_of(lattice, links, slots[i]);
        if (median < 0 && beside != VF_LATTICE_NONE)
            median = median_of(lattice, links, beside) + 1e-3;
        if (median >= 0)
            ordering->seats[moving++] = (struct seat){slots[i], i, median};
    }
    /* The places that those have who move, from the left. */
    size_t *free_places = ordering->counts;
    for (size_t i = 0; i < moving; i++)
        free_places[i] = ordering->seats[i].place;
    qsort(ordering->seats, moving, sizeof(*ordering->seats), by_median);
    for (size_t i = 0; i < moving; i++)
        slots[free_places[i]] = ordering->seats[i].slot;
    vf_lattice_number(lattice, layer);
}

/* Returns how many lines cross of those to the slots `left` and `right`, in this order. */
static size_t pair_crossings(const struct vf_lattice *lattice, const struct vf_lattice_links *links,
                             size_t left, size_t right)
{
    size_t crossings = 0;
    for (size_t i = links->start[left]; i < links->start[left + 1]; i++)
        for (size_t k = links->start[right]; k < links->start[right + 1]; k++)
            crossings +=
                lattice->slots[links->slots[i]].place > lattice->slots[links->slots[k]].place;
    return crossings;
}

static bool swap_where_better(struct vf_lattice *lattice, size_t *pair)
{
    size_t left = pair[0], right = pair[1];
    size_t now = pair_crossings(lattice, &lattice->up, left, right) +
                 pair_crossings(lattice, &lattice->down, left, right);
    if (now == 0)
        return false;
    size_t then = pair_crossings(lattice, &lattice->up, right, left) +
                  pair_crossings(lattice, &lattice->down, right, left);
    if (then >= now)
        return false;
    pair[0] = right;
    pair[1] = left;
    lattice->slots[right].place--;
    lattice->slots[left].place++;
    return true;
}

/* Swaps neighbours as long as fewer lines cross then; each swap is a gain, so that ends. */
static void transpose(struct vf_lattice *lattice)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (size_t layer = 0; layer < lattice->layer_count; layer++) {
            size_t *slots = vf_lattice_layer(lattice, layer);
            for (size_t i = 0; i + 1 < vf_lattice_layer_size(lattice, layer); i++)
                has_changed = swap_where_better(lattice, &slots[i]) || has_changed;
        }
    }
}

static void sweep(struct ordering *ordering, bool is_downwards)
{
    struct vf_lattice *lattice = ordering->lattice;
    for (size_t i = 1; i < lattice->layer_count; i++)
        if (is_downwards)
            settle(ordering, i, &lattice->up);
        else
            settle(ordering, lattice->layer_count - 1 - i, &lattice->down);
    transpose(lattice);
}

/* Puts the slots that a search in depth comes to into their layers, in that order: then trees have no
 * crossings. `next` are the free places of the layers. */
static void visit(struct vf_lattice *lattice, size_t root, bool *is_seen, size_t *stack,
                  size_t *next)
{
    size_t depth = 0;
    if (!is_seen[root])
        stack[depth++] = root;
    is_seen[root] = true;
    while (depth > 0) {
        size_t slot = stack[--depth];
        lattice->order[next[lattice->slots[slot].layer]++] = slot;
        for (size_t k = lattice->down.start[slot + 1]; k-- > lattice->down.start[slot];) {
            size_t below = lattice->down.slots[k];
            if (!is_seen[below])
                stack[depth++] = below;
            is_seen[below] = true;
        }
    }
}

static int order_by_depth(struct vf_lattice *lattice)
{
    bool *is_seen = calloc(lattice->slot_count, sizeof(*is_seen));
    size_t *stack = calloc(lattice->slot_count, sizeof(*stack));
    size_t *next = calloc(lattice->layer_count, sizeof(*next));
    int err = is_seen && stack && next ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < lattice->layer_count && !err; i++)
        next[i] = lattice->start[i];
    for (size_t i = 0; i < lattice->slot_count && !err; i++)
        if (lattice->up.start[i] == lattice->up.start[i + 1])
            visit(lattice, i, is_seen, stack, next);
    for (size_t i = 0; i < lattice->layer_count && !err; i++)
        vf_lattice_number(lattice, i);
    free(is_seen);
    free(stack);
    free(next);
    return err;
}

static size_t improve(struct ordering *ordering)
{
    struct vf_lattice *lattice = ordering->lattice;
    size_t size = lattice->slot_count * sizeof(*ordering->best);
    size_t best = all_crossings(ordering),
           sweeps = lattice->slot_count > LARGE ? FEW_SWEEPS : SWEEPS;
    memcpy(ordering->best, lattice->order, size);
    for (size_t i = 0; i < sweeps && best > 0; i++) {
        sweep(ordering, i % 2 == 0);
        size_t crossings = all_crossings(ordering);
        if (crossings >= best)
            continue;
        best = crossings;
        memcpy(ordering->best, lattice->order, size);
    }
    memcpy(lattice->order, ordering->best, size);
    for (size_t i = 0; i < lattice->layer_count; i++)
        vf_lattice_number(lattice, i);
    return best;
}

int vf_order_find(struct vf_lattice *lattice, size_t *crossings)
{
    int err = order_by_depth(lattice);
    if (err)
        return err;
    struct ordering ordering = {.lattice = lattice};
    /* Wide enough for the tree of the widest layer, and for the links of one slot. */
    size_t room = 4 * lattice->widest + lattice->link_count + 2;
    ordering.seats = calloc(lattice->widest, sizeof(*ordering.seats));
    ordering.counts = calloc(room, sizeof(*ordering.counts));
    ordering.best = calloc(lattice->slot_count, sizeof(*ordering.best));
    if (ordering.seats && ordering.counts && ordering.best) {
        size_t left = improve(&ordering);
        (void)all_crossings(&ordering); /* the links are in order again */
        if (crossings)
            *crossings = left;
    } else {
        err = -ENOMEM;
    }
    free(ordering.seats);
    free(ordering.counts);
    free(ordering.best);
    return err;
}
