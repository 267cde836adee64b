/* SPDX-License-Identifier: MIT */
#include "engine/media/draw/coverage.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Returns the end of what two spans have in common. */
static int common_end(int from_a, int length_a, int from_b, int length_b)
{
    int64_t a = (int64_t)from_a + length_a, b = (int64_t)from_b + length_b;
    return (int)(a < b ? a : b);
}

struct vf_rectangle vf_rectangle_common(const struct vf_rectangle *a, const struct vf_rectangle *b)
{
    struct vf_rectangle common = {.x = larger(a->x, b->x), .y = larger(a->y, b->y)};
    common.width = larger(0, common_end(a->x, a->width, b->x, b->width) - common.x);
    common.height = larger(0, common_end(a->y, a->height, b->y, b->height) - common.y);
    if (!common.width || !common.height)
        common.width = common.height = 0;
    return common;
}

int vf_coverage_clear(struct vf_coverage *coverage, const struct vf_rectangle *place)
{
    size_t size = (size_t)place->width * (size_t)place->height;
    if (size > coverage->capacity) {
        uint8_t *rows = realloc(coverage->rows, size);
        if (!rows)
            return -ENOMEM;
        coverage->rows = rows;
        coverage->capacity = size;
    }
    if (size)
        memset(coverage->rows, 0, size);
    coverage->place = *place;
    return VF_OK;
}

void vf_coverage_finish(struct vf_coverage *coverage)
{
    free(coverage->rows);
    *coverage = (struct vf_coverage){0};
}

static uint8_t *at(const struct vf_coverage *coverage, int x, int y)
{
    const struct vf_rectangle *place = &coverage->place;
    return coverage->rows + (size_t)(y - place->y) * (size_t)place->width + (x - place->x);
}

/* Returns the square of how far (x, y) is from the piece between two points. */
static double squared_distance(double x, double y, const double from[2], const double to[2])
{
    double along_x = to[0] - from[0], along_y = to[1] - from[1];
    double length = along_x * along_x + along_y * along_y;
    double share = 0;
    if (length > 0)
        share = fmin(fmax(((x - from[0]) * along_x + (y - from[1]) * along_y) / length, 0), 1);
    double off_x = x - from[0] - share * along_x, off_y = y - from[1] - share * along_y;
    return off_x * off_x + off_y * off_y;
}

static int clipped(double value, int least, int most)
{
    return (int)fmin(fmax(value, least), most);
}

void vf_coverage_add_line(struct vf_coverage *coverage, const double from[2], const double to[2],
                          double thickness)
{
    const struct vf_rectangle *place = &coverage->place;
    double radius = thickness / 2, reach = radius + 1;
    int right = place->x + place->width, bottom = place->y + place->height;
    int x0 = clipped(floor(fmin(from[0], to[0]) - reach), place->x, right);
    int x1 = clipped(ceil(fmax(from[0], to[0]) + reach), place->x, right);
    int y0 = clipped(floor(fmin(from[1], to[1]) - reach), place->y, bottom);
    int y1 = clipped(ceil(fmax(from[1], to[1]) + reach), place->y, bottom);
    for (int y = y0; y < y1; y++) {
        for (int x = x0; x < x1; x++) {
            double distance = squared_distance(x + 0.5, y + 0.5, from, to);
            if (distance >= reach * reach)
                continue;
            double share = fmin(fmax(radius + 0.5 - sqrt(distance), 0), 1);
            uint8_t *byte = at(coverage, x, y);
            *byte = (uint8_t)larger(*byte, (int)lrint(255 * share));
        }
    }
}

void vf_coverage_add_disc(struct vf_coverage *coverage, const double centre[2], double radius)
{
    vf_coverage_add_line(coverage, centre, centre, 2 * radius);
}

void vf_coverage_add(struct vf_coverage *coverage, const struct vf_rectangle *place,
                     const uint8_t *rows, size_t stride)
{
    struct vf_rectangle common = vf_rectangle_common(&coverage->place, place);
    for (int y = common.y; y < common.y + common.height; y++) {
        const uint8_t *source = rows + (size_t)(y - place->y) * stride + (common.x - place->x);
        uint8_t *target = at(coverage, common.x, y);
        for (int i = 0; i < common.width; i++)
            target[i] = source[i] > target[i] ? source[i] : target[i];
    }
}
