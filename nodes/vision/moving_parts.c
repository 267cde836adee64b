/* SPDX-License-Identifier: MIT */
#include "nodes/vision/moving_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_least(uint8_t *restrict target, const uint8_t *restrict row, size_t width)
{
    for (size_t x = 0; x < width; x++)
        target[x] = target[x] & row[x];
}

static void take_most(uint8_t *restrict target, const uint8_t *restrict row, size_t width)
{
    for (size_t x = 0; x < width; x++)
        target[x] = target[x] | row[x];
}

/* Gives each pixel the least (or the most) of those up to `reach` away in its row. What is beyond the
 * edge does not count. */
static void spread_row(uint8_t *target, const uint8_t *row, uint8_t *wide, size_t width,
                       size_t reach, int is_growing)
{
    memset(wide, !is_growing, width + 2 * reach);
    memcpy(wide + reach, row, width);
    memcpy(target, row, width);
    for (size_t i = 0; i <= 2 * reach; i++) {
        if (is_growing)
            take_most(target, wide + i, width);
        else
            take_least(target, wide + i, width);
    }
}

/* Grows, or shrinks, all parts by `reach` pixels. */
static void spread(struct vf_moving_parts *parts, uint8_t *picture, int width, int height,
                   int reach, int is_growing)
{
    size_t row = (size_t)width;
    uint8_t *wide = parts->rows + row * (size_t)height;
    for (int y = 0; y < height && reach; y++)
        spread_row(parts->rows + (size_t)y * row, picture + (size_t)y * row, wide, row,
                   (size_t)reach, is_growing);
    for (int y = 0; y < height && reach; y++) {
        int from = y < reach ? 0 : y - reach, to = y + reach < height ? y + reach : height - 1;
        uint8_t *target = picture + (size_t)y * row;
        memcpy(target, parts->rows + (size_t)y * row, row);
        for (int i = from; i <= to; i++) {
            if (is_growing)
                take_most(target, parts->rows + (size_t)i * row, row);
            else
                take_least(target, parts->rows + (size_t)i * row, row);
        }
    }
}

int vf_moving_parts_clean(struct vf_moving_parts *parts, uint8_t *picture, int width, int height,
                          int clean, int join)
{
    size_t most = (size_t)(clean > join ? clean : join);
    size_t needed = (size_t)width * (size_t)height + (size_t)width + 2 * most;
    if (needed > parts->rows_room) {
        uint8_t *rows = realloc(parts->rows, needed);
        if (!rows)
            return -ENOMEM;
        parts->rows = rows;
        parts->rows_room = needed;
    }
    spread(parts, picture, width, height, clean, 0);
    spread(parts, picture, width, height, clean, 1);
    spread(parts, picture, width, height, join, 1);
    spread(parts, picture, width, height, join, 0);
    return VF_OK;
}

/* The part that this one has become. */
static size_t root_of(struct vf_moving_parts *parts, size_t part)
{
    while (parts->items[part].into != part) {
        parts->items[part].into = parts->items[parts->items[part].into].into;
        part = parts->items[part].into;
    }
    return part;
}

static int add_part(struct vf_moving_parts *parts, int y, size_t *part)
{
    if (parts->count == parts->room) {
        size_t room = parts->room ? 2 * parts->room : 64;
        struct vf_moving_part *items = realloc(parts->items, room * sizeof(*items));
        if (!items)
            return -ENOMEM;
        parts->items = items;
        parts->room = room;
    }
    *part = parts->count++;
    parts->items[*part] =
        (struct vf_moving_part){.ymin = y, .ymax = y, .xmin = INT32_MAX, .into = *part};
    return VF_OK;
}

static void widen(struct vf_moving_part *part, const struct vf_moving_part *by)
{
    part->ymin = by->ymin < part->ymin ? by->ymin : part->ymin;
    part->xmin = by->xmin < part->xmin ? by->xmin : part->xmin;
    part->ymax = by->ymax > part->ymax ? by->ymax : part->ymax;
    part->xmax = by->xmax > part->xmax ? by->xmax : part->xmax;
    part->pixels += by->pixels;
}

/* Makes one of two parts: the one that began first. */
static size_t unite(struct vf_moving_parts *parts, size_t a, size_t b)
{
    a = root_of(parts, a);
    b = root_of(parts, b);
    size_t first = a < b ? a : b, second = a < b ? b : a;
    if (first != second) {
        widen(&parts->items[first], &parts->items[second]);
        parts->items[second].into = first;
    }
    return first;
}

/* Gives a run the part of those that touch it in the row above, from *above on. */
static int place_run(struct vf_moving_parts *parts, struct vf_moving_run *run, int y,
                     const struct vf_moving_run **above, const struct vf_moving_run *end)
{
    size_t part = SIZE_MAX;
    while (*above < end && (*above)->to < run->from)
        ++*above;
    for (const struct vf_moving_run *touching = *above; touching < end && touching->from <= run->to;
         touching++)
        part =
            part == SIZE_MAX ? root_of(parts, touching->part) : unite(parts, part, touching->part);
    int err = part == SIZE_MAX ? add_part(parts, y, &part) : VF_OK;
    if (err)
        return err;
    const struct vf_moving_part more = {y, run->from, y + 1, run->to,
                                        .pixels = (size_t)(run->to - run->from)};
    widen(&parts->items[part], &more);
    run->part = part;
    return VF_OK;
}

struct row_runs {
    struct vf_moving_run *items;
    size_t count;
};

/* Finds the runs of a row, those of the row above being given. */
static int read_row(struct vf_moving_parts *parts, const uint8_t *row, int width, int y,
                    struct row_runs *runs, const struct row_runs *row_above)
{
    const struct vf_moving_run *above = row_above->items, *end = above + row_above->count;
    const uint8_t *at = row, *last = row + width;
    int err = VF_OK;
    runs->count = 0;
    while (!err && at < last && (at = memchr(at, 1, (size_t)(last - at)))) {
        const uint8_t *after = memchr(at, 0, (size_t)(last - at));
        after = after ? after : last;
        struct vf_moving_run *run = &runs->items[runs->count++];
        *run = (struct vf_moving_run){.from = (int)(at - row), .to = (int)(after - row)};
        err = place_run(parts, run, y, &above, end);
        at = after;
    }
    return err;
}

/* Leaves out parts that have become one with others, and those that are small. */
static void keep_large(struct vf_moving_parts *parts, size_t least)
{
    size_t kept = 0;
    for (size_t i = 0; i < parts->count; i++) {
        const struct vf_moving_part part = parts->items[i];
        if (part.into == i && part.pixels >= least)
            parts->items[kept++] = part;
    }
    parts->count = kept;
}

int vf_moving_parts_find(struct vf_moving_parts *parts, const uint8_t *picture, int width,
                         int height, size_t least)
{
    size_t half = (size_t)width / 2 + 1;
    if (2 * half > parts->runs_room) {
        struct vf_moving_run *runs = realloc(parts->runs, 2 * half * sizeof(*runs));
        if (!runs)
            return -ENOMEM;
        parts->runs = runs;
        parts->runs_room = 2 * half;
    }
    struct row_runs rows[2] = {{.items = parts->runs}, {.items = parts->runs + half}};
    int err = VF_OK;
    parts->count = 0;
    for (int y = 0; y < height && !err; y++)
        err = read_row(parts, picture + (size_t)y * (size_t)width, width, y, &rows[y % 2],
                       &rows[1 - y % 2]);
    if (!err)
        keep_large(parts, least);
    return err;
}

void vf_moving_parts_finish(struct vf_moving_parts *parts)
{
    free(parts->items);
    free(parts->runs);
    free(parts->rows);
    *parts = (struct vf_moving_parts){0};
}
