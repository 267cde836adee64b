/* SPDX-License-Identifier: MIT */
#include "nodes/draw/tails.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FARTHEST 1e6 /* pixels: beyond every picture, and safe to add up */

/* Drops the points of a tail that are too old. */
static void shorten(struct vf_tail *tail, uint64_t oldest)
{
    size_t gone = 0;
    while (gone < tail->count && tail->points[gone].number < oldest)
        gone++;
    tail->count -= gone;
    memmove(tail->points, tail->points + gone, tail->count * sizeof(*tail->points));
}

void vf_tails_advance(struct vf_tails *tails)
{
    size_t kept = 0;
    tails->now++;
    uint64_t oldest = tails->now < tails->length ? 0 : tails->now - tails->length + 1;
    for (size_t i = 0; i < tails->count; i++) {
        struct vf_tail tail = tails->items[i];
        shorten(&tail, oldest);
        if (tail.count)
            tails->items[kept++] = tail;
        else
            free(tail.points);
    }
    tails->count = kept;
}

/* Makes room for one more in an array of items of `size` bytes. */
static int reserve(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return VF_OK;
    size_t more = *capacity ? 2 * *capacity : 16;
    void *grown = realloc(*items, more * size);
    if (!grown)
        return -ENOMEM;
    *items = grown;
    *capacity = more;
    return VF_OK;
}

/* Returns the tail of an object, a new one if it has none, or NULL when out of memory. */
static struct vf_tail *tail_of(struct vf_tails *tails, int64_t id)
{
    for (size_t i = 0; i < tails->count; i++) {
        if (tails->items[i].id == id)
            return &tails->items[i];
    }
    void *items = tails->items;
    int err = reserve(&items, tails->count, &tails->capacity, sizeof(*tails->items));
    tails->items = items;
    if (err)
        return NULL;
    struct vf_tail *tail = &tails->items[tails->count++];
    *tail = (struct vf_tail){.id = id};
    return tail;
}

int vf_tails_add(struct vf_tails *tails, int64_t id, const double at[2])
{
    if (!tails->length)
        return VF_OK;
    struct vf_tail *tail = tail_of(tails, id);
    if (!tail)
        return -ENOMEM;
    void *points = tail->points;
    int err = reserve(&points, tail->count, &tail->capacity, sizeof(*tail->points));
    tail->points = points;
    if (!err)
        tail->points[tail->count++] = (struct vf_tail_point){{at[0], at[1]}, tails->now};
    return err;
}

void vf_tails_finish(struct vf_tails *tails)
{
    for (size_t i = 0; i < tails->count; i++)
        free(tails->items[i].points);
    free(tails->items);
    *tails = (struct vf_tails){0};
}

static double clamped(double place)
{
    return fmin(fmax(place, -FARTHEST), FARTHEST);
}

struct vf_rectangle vf_tail_place(const struct vf_tail *tail, double thickness,
                                  const struct vf_rectangle *bounds)
{
    double least[2] = {FARTHEST, FARTHEST}, most[2] = {-FARTHEST, -FARTHEST};
    for (size_t i = 0; i < tail->count; i++) {
        for (size_t k = 0; k < 2; k++) {
            least[k] = fmin(least[k], tail->points[i].at[k]);
            most[k] = fmax(most[k], tail->points[i].at[k]);
        }
    }
    int from[2], to[2];
    for (size_t k = 0; k < 2; k++) {
        from[k] = (int)floor(clamped(least[k] - thickness));
        to[k] = (int)ceil(clamped(most[k] + thickness));
    }
    const struct vf_rectangle place = {from[0], from[1], to[0] - from[0], to[1] - from[1]};
    return vf_rectangle_common(&place, bounds);
}
