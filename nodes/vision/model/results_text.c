/* SPDX-License-Identifier: MIT */
/* results_text - a map of where text is (DB: M. Liao and others, 2020, as PP-OCR has it).
 *
 * Pixels above the threshold that touch are one place of text. Around it lies the smallest rectangle, at
 * any angle, which is made larger by what the model was trained to leave out.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "nodes/vision/model/results.h"

#define LEAST_SIDE 3 /* pixels of the map */

struct point {
    double x, y;
};

/* A place of text while it is looked at. */
struct place {
    struct point *points; /* the ends of each row of it */
    size_t count;
    double sum, pixels; /* of the map */
};

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    bool is_right =
        count >= 1 && outputs[0].rank == 4 && (outputs[0].shape[1] < 0 || outputs[0].shape[1] == 1);
    return is_right ? VF_OK
                    : vf_results_refuse(card, outputs, count,
                                        "one output of batch x 1 x height x width", problem);
}

/* What is needed to go through a map. */
struct search {
    const float *map;
    size_t width, height;
    float threshold;
    uint8_t *seen;
    size_t *stack;
    struct point *points;
};

static void push(struct search *search, size_t *depth, size_t x, size_t y)
{
    size_t at = y * search->width + x;
    if (search->seen[at] || !(search->map[at] >= search->threshold))
        return;
    search->seen[at] = 1;
    search->stack[(*depth)++] = at;
}

/* Adds the corners of a pixel, unless the pixel is inside of the place, so of no interest. */
static void add_edges(struct search *search, struct place *place, size_t x, size_t y)
{
    size_t at = y * search->width + x;
    bool is_inside = x > 0 && x + 1 < search->width && search->map[at - 1] >= search->threshold &&
                     search->map[at + 1] >= search->threshold;
    if (is_inside)
        return;
    for (size_t corner = 0; corner < 4; corner++) {
        size_t right = corner % 2, lower = corner / 2;
        place->points[place->count++] = (struct point){(double)(x + right), (double)(y + lower)};
    }
}

/* Collects all that touches a pixel. */
static void collect(struct search *search, size_t first, struct place *place)
{
    size_t depth = 0, width = search->width, height = search->height;
    *place = (struct place){.points = search->points};
    push(search, &depth, first % width, first / width);
    while (depth) {
        size_t at = search->stack[--depth], x = at % width, y = at / width;
        place->sum += search->map[at];
        place->pixels++;
        add_edges(search, place, x, y);
        for (size_t row = y ? y - 1 : 0; row <= y + 1 && row < height; row++) {
            for (size_t column = x ? x - 1 : 0; column <= x + 1 && column < width; column++)
                push(search, &depth, column, row);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct point *one = a, *other = b;
    if (one->x != other->x)
        return one->x < other->x ? -1 : 1;
    return one->y < other->y ? -1 : one->y > other->y;
}

static double turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Makes the points those of their convex hull (Andrew's monotone chain), in `hull`, which has room for
 * one more than twice as many. Returns how many they are. */
static size_t make_hull(struct point *points, size_t count, struct point *hull)
{
    size_t kept = 0;
    qsort(points, count, sizeof(*points), compare);
    for (size_t i = 0; i < count; i++) {
        while (kept >= 2 && turn(hull[kept - 2], hull[kept - 1], points[i]) <= 0)
            kept--;
        hull[kept++] = points[i];
    }
    for (size_t i = count - 1, lower = kept + 1; i > 0; i--) {
        while (kept >= lower && turn(hull[kept - 2], hull[kept - 1], points[i - 1]) <= 0)
            kept--;
        hull[kept++] = points[i - 1];
    }
    return kept > 1 ? kept - 1 : kept;
}

/* A rectangle by the direction of one side, and what it covers along that and across it. */
struct rectangle {
    double cos, sin, from[2], to[2];
};

static struct rectangle around(const struct point *hull, size_t count, double cos, double sin)
{
    struct rectangle made = {cos, sin, {INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (size_t i = 0; i < count; i++) {
        const double at[2] = {hull[i].x * cos + hull[i].y * sin, hull[i].y * cos - hull[i].x * sin};
        for (int k = 0; k < 2; k++) {
            made.from[k] = at[k] < made.from[k] ? at[k] : made.from[k];
            made.to[k] = at[k] > made.to[k] ? at[k] : made.to[k];
        }
    }
    return made;
}

static double area_of(const struct rectangle *made)
{
    return (made->to[0] - made->from[0]) * (made->to[1] - made->from[1]);
}

/* The smallest has a side along one of the hull; upright where that is no larger. */
static struct rectangle find_smallest(const struct point *hull, size_t count)
{
    struct rectangle best = around(hull, count, 1, 0);
    for (size_t i = 0; i < count; i++) {
        const struct point *from = &hull[i], *to = &hull[(i + 1) % count];
        double x = to->x - from->x, y = to->y - from->y, length = hypot(x, y);
        if (length == 0)
            continue;
        struct rectangle made = around(hull, count, x / length, y / length);
        if (area_of(&made) < area_of(&best) * 0.999)
            best = made;
    }
    return best;
}

/* Turns a rectangle so that its first side goes to the right rather than up or down. */
static void make_level(struct rectangle *made)
{
    for (int quarter = 0; quarter < 3 && made->cos < fabs(made->sin); quarter++) {
        const struct rectangle old = *made;
        *made = (struct rectangle){
            -old.sin, old.cos, {old.from[1], -old.to[0]}, {old.to[1], -old.from[0]}};
    }
}

/* Sets the corners from the upper left one on, in pixels of the picture, and the box around them. */
static void set_corners(struct vf_found *item, const struct rectangle *made, double across,
                        double down)
{
    item->is_slanted = true;
    item->xmin = item->ymin = INFINITY;
    item->xmax = item->ymax = -INFINITY;
    for (size_t i = 0; i < 4; i++) {
        double along = i == 1 || i == 2 ? made->to[0] : made->from[0];
        double aside = i >= 2 ? made->to[1] : made->from[1];
        double x = (along * made->cos - aside * made->sin) * across;
        double y = (along * made->sin + aside * made->cos) * down;
        item->corners[2 * i] = x;
        item->corners[2 * i + 1] = y;
        item->xmin = x < item->xmin ? x : item->xmin;
        item->xmax = x > item->xmax ? x : item->xmax;
        item->ymin = y < item->ymin ? y : item->ymin;
        item->ymax = y > item->ymax ? y : item->ymax;
    }
}

/* Makes an object of a place. Returns false when it is too small, or not sure enough. */
static bool make_item(const struct vf_card *card, const struct place *place, struct point *hull,
                      struct rectangle *made, struct vf_found *item)
{
    item->score = place->sum / place->pixels;
    size_t count = make_hull(place->points, place->count, hull);
    *made = find_smallest(hull, count);
    make_level(made);
    double width = made->to[0] - made->from[0], height = made->to[1] - made->from[1];
    if (width < LEAST_SIDE || height < LEAST_SIDE || !(item->score >= card->score))
        return false;
    double grown = width * height * card->grow / (2 * (width + height));
    for (int k = 0; k < 2; k++) {
        made->from[k] -= grown;
        made->to[k] += grown;
    }
    return true;
}

static int search_map(const struct vf_card *card, const struct vf_views *views,
                      struct search *search, struct point *hull, struct vf_found_list *found)
{
    double across = (double)views->width / (double)search->width;
    double down = (double)views->height / (double)search->height;
    int err = VF_OK;
    for (size_t i = 0; i < search->width * search->height && !err; i++) {
        struct place place;
        struct rectangle made;
        struct vf_found item = {.number = i};
        if (search->seen[i] || !(search->map[i] >= search->threshold))
            continue;
        collect(search, i, &place);
        if (!make_item(card, &place, hull, &made, &item))
            continue;
        set_corners(&item, &made, across, down);
        err = vf_found_add(found, &item);
    }
    return err;
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    const struct vf_view *view = &views->items[0];
    struct search search = {.map = view->data,
                            .height = view->shape[1],
                            .width = view->shape[2],
                            .threshold = (float)card->threshold};
    size_t pixels = search.width * search.height;
    search.seen = calloc(pixels + 1, 1);
    search.stack = calloc(pixels + 1, sizeof(*search.stack));
    search.points = calloc(4 * pixels + 1, sizeof(*search.points));
    struct point *hull = calloc(8 * pixels + 1, sizeof(*hull));
    int err = search.seen && search.stack && search.points && hull
                  ? search_map(card, views, &search, hull, found)
                  : -ENOMEM;
    free(search.seen);
    free(search.stack);
    free(search.points);
    free(hull);
    return err;
}

const struct vf_results vf_results_text = {
    .family = VF_FAMILY_TEXT,
    .check = check,
    .decode = decode,
};
