/* SPDX-License-Identifier: MIT */
/* results_yolo - one box for each place where an object could be, with a score for each class.
 *
 * There are two forms: columns x boxes with columns cx, cy, w, h, classes (Ultralytics from v8 on), and
 * boxes x columns with columns cx, cy, w, h, objectness, classes (v5, YOLOX).
 * Models that tell masks have further columns, the weights of the maps that are their second output; those
 * of key points have these, and those of boxes at an angle this as the last.
 */
#include <errno.h>
#include <stdlib.h>

#include "nodes/vision/model/results.h"

#define BOX 4 /* numbers of a place */

/* How the numbers lie. */
struct lie {
    int64_t columns, boxes; /* -1: not known */
    bool is_by_column;      /* all boxes of one column stand together */
    bool has_objectness;
    int64_t weights; /* behind the classes: of maps, of key points, an angle */
};

/* The smaller dimension is that of the columns; of two that are not known, the last one. */
static struct lie look(const struct vf_card *card, const int64_t shape[2], int64_t weights)
{
    bool is_by_column = shape[1] < 0 ? shape[0] >= 0 : shape[0] >= 0 && shape[0] < shape[1];
    struct lie lie = {.columns = shape[!is_by_column],
                      .boxes = shape[is_by_column],
                      .is_by_column = is_by_column,
                      .has_objectness = card->objectness == VF_OBJECTNESS_YES,
                      .weights = weights + vf_card_extra(card)};
    int64_t names = (int64_t)card->classes.count;
    if (card->objectness == VF_OBJECTNESS_AUTO && names && lie.columns >= 0)
        lie.has_objectness = lie.columns == BOX + 1 + names + lie.weights;
    else if (card->objectness == VF_OBJECTNESS_AUTO)
        lie.has_objectness = !is_by_column;
    return lie;
}

static int64_t count_classes(const struct lie *lie)
{
    return lie->columns - BOX - lie->has_objectness - lie->weights;
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    const char *expected = "one output of batch x columns x boxes, or batch x boxes x columns, "
                           "with 4 columns for the place and one for each class";
    if (count < 1 || outputs[0].rank != 3)
        return vf_results_refuse(card, outputs, count, expected, problem);
    int64_t weights = count >= 2 && outputs[1].rank == 4 ? outputs[1].shape[1] : 0;
    struct lie lie = look(card, outputs[0].shape + 1, weights);
    bool is_known = lie.columns >= 0 && weights >= 0;
    if (is_known && count_classes(&lie) < 1)
        return vf_results_refuse(card, outputs, count, expected, problem);
    return vf_results_check_names(card, is_known ? count_classes(&lie) : -1, problem);
}

static float score_of(const struct vf_card *card, float number)
{
    return card->activation == VF_ACTIVATION_SIGMOID ? vf_sigmoid(number) : number;
}

/* The best class of each box. */
struct best {
    float score;
    unsigned class;
};

/* All boxes of one column after the other, as they lie in memory. */
static void find_best_by_column(const float *data, const struct lie *lie, struct best *best)
{
    size_t boxes = (size_t)lie->boxes, first = BOX + (size_t)lie->has_objectness;
    for (size_t column = first; column < first + (size_t)count_classes(lie); column++) {
        const float *scores = data + column * boxes;
        for (size_t box = 0; box < boxes; box++) {
            if (column == first || scores[box] > best[box].score)
                best[box] = (struct best){scores[box], (unsigned)(column - first)};
        }
    }
}

static void find_best_by_row(const float *data, const struct lie *lie, struct best *best)
{
    size_t columns = (size_t)lie->columns, first = BOX + (size_t)lie->has_objectness;
    for (size_t box = 0; box < (size_t)lie->boxes; box++) {
        const float *row = data + box * columns;
        best[box] = (struct best){.score = row[first]};
        for (size_t column = first + 1; column < first + (size_t)count_classes(lie); column++) {
            if (row[column] > best[box].score)
                best[box] = (struct best){row[column], (unsigned)(column - first)};
        }
    }
}

static bool has_maps(const struct vf_views *views)
{
    return views->count >= 2 && views->items[1].rank == 3;
}

static struct lie look_at(const struct vf_card *card, const struct vf_views *views)
{
    const struct vf_view *view = &views->items[0];
    const int64_t shape[2] = {(int64_t)view->shape[0], (int64_t)view->shape[1]};
    return look(card, shape, has_maps(views) ? (int64_t)views->items[1].shape[0] : 0);
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    const struct vf_view *view = &views->items[0];
    struct lie lie = look_at(card, views);
    size_t boxes = (size_t)lie.boxes;
    size_t step = lie.is_by_column ? 1 : (size_t)lie.columns, next = lie.is_by_column ? boxes : 1;
    struct best *best = calloc(boxes + 1, sizeof(*best));
    int err = best ? VF_OK : -ENOMEM;
    if (best && lie.is_by_column)
        find_best_by_column(view->data, &lie, best);
    else if (best)
        find_best_by_row(view->data, &lie, best);
    for (size_t box = 0; box < boxes && !err; box++) {
        const float *numbers = view->data + box * step;
        float score = score_of(card, best[box].score);
        if (lie.has_objectness)
            score *= score_of(card, numbers[BOX * next]);
        if (!(score >= card->score))
            continue;
        struct vf_found item = {.score = score, .class = best[box].class, .number = box};
        const float place[BOX] = {numbers[0], numbers[next], numbers[2 * next], numbers[3 * next]};
        vf_found_place(&item, card, views, place);
        if (card->is_oriented)
            vf_found_turn(&item, numbers[((size_t)lie.columns - 1) * next]);
        err = vf_found_add(found, &item);
    }
    free(best);
    return err;
}

static void points(const struct vf_card *card, const struct vf_views *views,
                   const struct vf_found *item, float (*points)[3])
{
    struct lie lie = look_at(card, views);
    size_t step = lie.is_by_column ? 1 : (size_t)lie.columns;
    size_t next = lie.is_by_column ? (size_t)lie.boxes : 1;
    size_t first = (size_t)(lie.columns - vf_card_extra(card));
    vf_found_points(card, views, views->items[0].data + item->number * step + first * next, next,
                    points);
}

static bool map(const struct vf_card *card, const struct vf_views *views, struct vf_map_size *size)
{
    (void)card;
    if (!has_maps(views))
        return false;
    *size = (struct vf_map_size){views->items[1].shape[2], views->items[1].shape[1]};
    return true;
}

/* A pixel is in the mask where the weighted sum of the maps is above 0, which is half of the sigmoid. */
static void mask(const struct vf_card *card, const struct vf_views *views,
                 const struct vf_found *item, uint8_t *bytes)
{
    struct lie lie = look_at(card, views);
    const struct vf_view *maps = &views->items[1];
    size_t pixels = maps->shape[1] * maps->shape[2], weights = maps->shape[0];
    size_t step = lie.is_by_column ? 1 : (size_t)lie.columns;
    size_t next = lie.is_by_column ? (size_t)lie.boxes : 1;
    const float *first =
        views->items[0].data + item->number * step + ((size_t)lie.columns - weights) * next;
    for (size_t i = 0; i < pixels; i++) {
        float sum = 0;
        for (size_t k = 0; k < weights; k++)
            sum += first[k * next] * maps->data[k * pixels + i];
        bytes[i] = sum > 0;
    }
}

const struct vf_results vf_results_yolo = {
    .family = VF_FAMILY_YOLO,
    .check = check,
    .decode = decode,
    .points = points,
    .map = map,
    .mask = mask,
};
