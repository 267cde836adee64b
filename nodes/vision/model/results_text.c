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
#define CORNERS 4

struct point {
    double x, y;
};

/* Pixels of one row that are above the threshold, side by side. */
struct stretch {
    size_t y, from, to; /* columns, without the last */
    size_t parent;      /* of the same place: number of an earlier one, or its own */
    double sum;         /* of the map */
};

/* Starts as {0}. */
struct stretches {
    struct stretch *items;
    size_t count, capacity;
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

static int add_stretch(struct stretches *all, const struct stretch *stretch)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? 2 * all->capacity : 256;
        struct stretch *items = realloc(all->items, capacity * sizeof(*items));
        if (!items)
            return -ENOMEM;
        all->items = items;
        all->capacity = capacity;
    }
    all->items[all->count++] = *stretch;
    return VF_OK;
}

/* Adds those of one row; what touches another row is joined to it afterwards. */
static int find_in_row(struct stretches *all, const float *row, size_t width, size_t y,
                       float threshold)
{
    for (size_t x = 0; x < width; x++) {
        struct stretch stretch = {.y = y, .from = x, .parent = all->count};
        for (; x < width && row[x] >= threshold; x++)
            stretch.sum += row[x];
        stretch.to = x;
        if (stretch.to > stretch.from && add_stretch(all, &stretch) != VF_OK)
            return -ENOMEM;
    }
    return VF_OK;
}

/* Returns the first stretch of the place that one belongs to. */
static size_t find_first(struct stretches *all, size_t number)
{
    struct stretch *items = all->items;
    while (items[number].parent != number) {
        items[number].parent = items[items[number].parent].parent;
        number = items[number].parent;
    }
    return number;
}

/* Makes one place of two, whose first stretch is the earlier one. */
static void join(struct stretches *all, size_t one, size_t other)
{
    size_t a = find_first(all, one), b = find_first(all, other);
    all->items[a < b ? b : a].parent = a < b ? a : b;
}

/* Joins those of a row, which begin at `row`, with those of the row before that they touch, also at a
 * corner; those begin at `before`. */
static void join_rows(struct stretches *all, size_t before, size_t row)
{
    size_t above = before;
    for (size_t i = row; i < all->count && above < row; i++) {
        const struct stretch *here = &all->items[i];
        if (all->items[above].y + 1 != here->y)
            return;
        while (above < row && all->items[above].to < here->from)
            above++;
        for (size_t k = above; k < row && all->items[k].from <= here->to; k++)
            join(all, k, i);
    }
}

/* Finds all stretches, and which of them are one place. */
static int find_stretches(struct stretches *all, const struct vf_view *view, float threshold)
{
    size_t before = 0, row = 0, width = view->shape[2];
    int err = VF_OK;
    for (size_t y = 0; y < view->shape[1] && !err; y++) {
        row = all->count;
        err = find_in_row(all, view->data + y * width, width, y, threshold);
        join_rows(all, before, row);
        before = row;
    }
    for (size_t i = 0; i < all->count; i++)
        all->items[i].parent = find_first(all, i);
    return err;
}

static int compare_places(const void *a, const void *b)
{
    const struct stretch *one = a, *other = b;
    if (one->parent != other->parent)
        return one->parent < other->parent ? -1 : 1;
    return one->y < other->y ? -1 : one->y > other->y;
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

/* Makes a rectangle around the ends of stretches, made larger. Returns false when it is too small. */
static bool enclose(const struct vf_card *card, const struct stretch *place, size_t count,
                    struct point *points, struct rectangle *made)
{
    size_t ends = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t corner = 0; corner < CORNERS; corner++) {
            size_t x = corner % 2 ? place[i].to : place[i].from, lower = corner / 2;
            points[ends++] = (struct point){(double)x, (double)(place[i].y + lower)};
        }
    }
    struct point *hull = points + ends;
    *made = find_smallest(hull, make_hull(points, ends, hull));
    make_level(made);
    double width = made->to[0] - made->from[0], height = made->to[1] - made->from[1];
    if (width < LEAST_SIDE || height < LEAST_SIDE)
        return false;
    double grown = width * height * card->grow / (2 * (width + height));
    for (int k = 0; k < 2; k++) {
        made->from[k] -= grown;
        made->to[k] += grown;
    }
    return true;
}

static double score_of(const struct stretch *place, size_t count)
{
    double sum = 0, pixels = 0;
    for (size_t i = 0; i < count; i++) {
        sum += place[i].sum;
        pixels += (double)(place[i].to - place[i].from);
    }
    return sum / pixels;
}

/* Makes objects of places. `points` has room for the ends of all stretches, and for two hulls. */
static int read_places(const struct vf_card *card, const struct vf_views *views,
                       const struct stretches *all, struct point *points,
                       struct vf_found_list *found)
{
    const struct vf_view *view = &views->items[0];
    double down = (double)views->height / (double)view->shape[1];
    double across = (double)views->width / (double)view->shape[2];
    int err = VF_OK;
    for (size_t i = 0, count; i < all->count && !err; i += count) {
        const struct stretch *place = &all->items[i];
        struct rectangle made;
        for (count = 1; i + count < all->count && place[count].parent == place->parent;)
            count++;
        struct vf_found item = {.number = place->parent, .score = score_of(place, count)};
        if (!(item.score >= card->score) || !enclose(card, place, count, points, &made))
            continue;
        set_corners(&item, &made, across, down);
        err = vf_found_add(found, &item);
    }
    return err;
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    struct stretches all = {0};
    int err = find_stretches(&all, &views->items[0], (float)card->threshold);
    struct point *points = calloc((size_t)3 * CORNERS * all.count + 1, sizeof(*points));
    if (!err && !points)
        err = -ENOMEM;
    if (!err && all.count) {
        qsort(all.items, all.count, sizeof(*all.items), compare_places);
        err = read_places(card, views, &all, points, found);
    }
    free(all.items);
    free(points);
    return err;
}

const struct vf_results vf_results_text = {
    .family = VF_FAMILY_TEXT,
    .check = check,
    .decode = decode,
};
