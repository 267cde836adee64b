/* SPDX-License-Identifier: MIT */
/* Where objects are that were found: boxes, boxes at an angle, and key points. */
#include <math.h>
#include <string.h>

#include "nodes/vision/model/results.h"

#define SIDES 4
#define MOST_CORNERS 16 /* of what two boxes have in common */

struct point {
    double x, y;
};

static double common_of_upright(const struct vf_found *a, const struct vf_found *b)
{
    double width = fmin(a->xmax, b->xmax) - fmax(a->xmin, b->xmin);
    double height = fmin(a->ymax, b->ymax) - fmax(a->ymin, b->ymin);
    return width > 0 && height > 0 ? width * height : 0;
}

static void take_corners(const struct vf_found *item, struct point corners[SIDES])
{
    const struct point upright[SIDES] = {{item->xmin, item->ymin},
                                         {item->xmax, item->ymin},
                                         {item->xmax, item->ymax},
                                         {item->xmin, item->ymax}};
    for (size_t i = 0; i < SIDES; i++)
        corners[i] = item->is_slanted
                         ? (struct point){item->corners[2 * i], item->corners[2 * i + 1]}
                         : upright[i];
}

static double area_of(const struct point *corners, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct point *one = &corners[i], *next = &corners[(i + 1) % count];
        sum += one->x * next->y - next->x * one->y;
    }
    return fabs(sum) / 2;
}

/* How far a point is on the inner side of an edge, which has that on its right as y goes down. */
static double depth(struct point from, struct point to, struct point at)
{
    return (to.x - from.x) * (at.y - from.y) - (to.y - from.y) * (at.x - from.x);
}

/* Cuts off what is outside of an edge (I. Sutherland and G. Hodgman, 1974). Returns how many corners
 * are left. */
static size_t cut(const struct point *corners, size_t count, struct point from, struct point to,
                  struct point *left)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && kept + 2 <= MOST_CORNERS; i++) {
        struct point here = corners[i], next = corners[(i + 1) % count];
        double a = depth(from, to, here), b = depth(from, to, next);
        if (a >= 0)
            left[kept++] = here;
        if ((a >= 0) != (b >= 0)) {
            double share = a / (a - b);
            left[kept++] = (struct point){here.x + share * (next.x - here.x),
                                          here.y + share * (next.y - here.y)};
        }
    }
    return kept;
}

static double common_of_slanted(const struct point one[SIDES], const struct point other[SIDES])
{
    struct point left[MOST_CORNERS], cut_off[MOST_CORNERS];
    size_t count = SIDES;
    memcpy(left, one, SIDES * sizeof(*one));
    for (size_t i = 0; i < SIDES && count; i++) {
        count = cut(left, count, other[i], other[(i + 1) % SIDES], cut_off);
        memcpy(left, cut_off, count * sizeof(*left));
    }
    return area_of(left, count);
}

double vf_found_overlap(const struct vf_found *a, const struct vf_found *b)
{
    struct point one[SIDES], other[SIDES];
    take_corners(a, one);
    take_corners(b, other);
    double common = common_of_upright(a, b); /* of what is around them */
    if (common > 0 && (a->is_slanted || b->is_slanted))
        common = common_of_slanted(one, other);
    return common > 0 ? common / (area_of(one, SIDES) + area_of(other, SIDES) - common) : 0;
}

void vf_found_turn(struct vf_found *item, double angle)
{
    double x = (item->xmin + item->xmax) / 2, y = (item->ymin + item->ymax) / 2;
    double width = (item->xmax - item->xmin) / 2, height = (item->ymax - item->ymin) / 2;
    static const double sides[SIDES][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    item->is_slanted = true;
    item->xmin = item->ymin = INFINITY;
    item->xmax = item->ymax = -INFINITY;
    for (size_t i = 0; i < SIDES; i++) {
        double along = sides[i][0] * width, aside = sides[i][1] * height;
        double at_x = x + along * cos(angle) - aside * sin(angle);
        double at_y = y + along * sin(angle) + aside * cos(angle);
        item->corners[2 * i] = at_x;
        item->corners[2 * i + 1] = at_y;
        item->xmin = fmin(item->xmin, at_x);
        item->xmax = fmax(item->xmax, at_x);
        item->ymin = fmin(item->ymin, at_y);
        item->ymax = fmax(item->ymax, at_y);
    }
}

void vf_found_points(const struct vf_card *card, const struct vf_views *views, const float *numbers,
                     size_t step, float (*points)[3])
{
    bool is_relative = card->units == VF_UNITS_RELATIVE;
    float across = is_relative ? (float)views->width : 1;
    float down = is_relative ? (float)views->height : 1;
    for (int i = 0; i < card->point_count; i++, numbers += (size_t)card->point_numbers * step) {
        points[i][0] = numbers[0] * across;
        points[i][1] = numbers[step] * down;
        points[i][2] = card->point_numbers == 3 ? numbers[2 * step] : 1;
    }
}
