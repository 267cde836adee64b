/* SPDX-License-Identifier: MIT */
/* results_classes - what a whole picture is, or each of its pixels. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "nodes/vision/model/results.h"

/* Batch x classes, perhaps with dimensions of 1 behind. */
static int check_classification(const struct vf_card *card, const struct vf_tensor_form *outputs,
                                size_t count, const struct vf_model_problem *problem)
{
    bool is_right = count >= 1 && outputs[0].rank >= 2;
    for (unsigned i = 2; is_right && i < outputs[0].rank; i++)
        is_right = outputs[0].shape[i] == 1;
    if (!is_right)
        return vf_results_refuse(card, outputs, count, "one output of batch x classes", problem);
    int64_t classes = outputs[0].shape[1];
    if (classes >= 0 && card->background != VF_BACKGROUND_NONE)
        classes--;
    return vf_results_check_names(card, classes, problem);
}

static double score_of(const struct vf_card *card, const float *numbers, size_t number, float most,
                       double sum)
{
    if (card->activation == VF_ACTIVATION_SOFTMAX)
        return exp((double)numbers[number] - most) / sum;
    return card->activation == VF_ACTIVATION_SIGMOID ? vf_sigmoid(numbers[number])
                                                     : numbers[number];
}

/* Each class is told of all that the model has seen. */
static int decode_classification(const struct vf_card *card, const struct vf_views *views,
                                 struct vf_found_list *found)
{
    const struct vf_view *view = &views->items[0];
    size_t classes = view->shape[0], first = card->background == VF_BACKGROUND_FIRST;
    float most = classes ? view->data[0] : 0;
    double sum = 0;
    int err = VF_OK;
    for (size_t i = 1; i < classes; i++)
        most = view->data[i] > most ? view->data[i] : most;
    for (size_t i = 0; i < classes; i++)
        sum += exp((double)view->data[i] - most);
    size_t end = classes - (classes && card->background == VF_BACKGROUND_LAST);
    for (size_t i = first; i < end && !err; i++) {
        const struct vf_found item = {.xmax = views->width,
                                      .ymax = views->height,
                                      .score = score_of(card, view->data, i, most, sum),
                                      .class = (unsigned)(i - first),
                                      .number = i};
        if (item.score >= card->score)
            err = vf_found_add(found, &item);
    }
    return err;
}

const struct vf_results vf_results_classification = {
    .family = VF_FAMILY_CLASSIFICATION,
    .check = check_classification,
    .decode = decode_classification,
};

/* Batch x classes x height x width, or batch x height x width of the numbers of classes. */
static int check_segmentation(const struct vf_card *card, const struct vf_tensor_form *outputs,
                              size_t count, const struct vf_model_problem *problem)
{
    if (count < 1 || (outputs[0].rank != 3 && outputs[0].rank != 4))
        return vf_results_refuse(
            card, outputs, count,
            "one output of batch x classes x height x width, or batch x height "
            "x width",
            problem);
    int64_t classes = outputs[0].rank == 4 ? outputs[0].shape[1] : -1;
    if (classes > 1 && card->background != VF_BACKGROUND_NONE)
        classes--;
    return vf_results_check_names(card, classes, problem);
}

/* A map of pixels, as the output has it. */
struct pixels {
    const float *data;
    size_t classes, width, height; /* classes 0: the numbers are those of classes */
};

static struct pixels pixels_of(const struct vf_view *view)
{
    bool is_map = view->rank == 2;
    return (struct pixels){.data = view->data,
                           .classes = is_map ? 0 : view->shape[0],
                           .height = view->shape[!is_map],
                           .width = view->shape[!is_map + 1]};
}

/* Returns the class of a pixel; -1: it is of none. */
static long class_at(const struct vf_card *card, const struct pixels *pixels, size_t i)
{
    size_t area = pixels->width * pixels->height, best = 0;
    if (pixels->classes == 1) {
        float number = pixels->data[i];
        if (card->activation == VF_ACTIVATION_SIGMOID)
            number = vf_sigmoid(number);
        return number >= card->threshold ? 0 : -1;
    }
    for (size_t class = 1; class < pixels->classes; class ++)
        best = pixels->data[class * area + i] > pixels->data[best * area + i] ? class : best;
    bool is_number = !pixels->classes && pixels->data[i] >= 0 && pixels->data[i] < 1e6F;
    long class = pixels->classes ? (long)best : is_number ? (long)pixels->data[i] : -1;
    if (card->background == VF_BACKGROUND_FIRST)
        return class - 1;
    return card->background == VF_BACKGROUND_LAST && class == (long)pixels->classes - 1 ? -1
                                                                                        : class;
}

static struct vf_found *find_class(struct vf_found_list *found, long class)
{
    for (size_t i = 0; i < found->count; i++) {
        if ((long)found->items[i].class == class)
            return &found->items[i];
    }
    const struct vf_found item = {.class = (unsigned)class, .xmin = 1e9, .ymin = 1e9};
    return vf_found_add(found, &item) == VF_OK ? &found->items[found->count - 1] : NULL;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Each class that is there is an object: its extent, and its share of the picture as the score. */
static int decode_segmentation(const struct vf_card *card, const struct vf_views *views,
                               struct vf_found_list *found)
{
    struct pixels pixels = pixels_of(&views->items[0]);
    size_t area = pixels.width * pixels.height;
    double across = (double)views->width / (double)pixels.width;
    double down = (double)views->height / (double)pixels.height;
    for (size_t i = 0; i < area; i++) {
        long class = class_at(card, &pixels, i);
        struct vf_found *item = class < 0 ? NULL : find_class(found, class);
        if (class >= 0 && !item)
            return -ENOMEM;
        if (!item)
            continue;
        size_t row = i / pixels.width;
        double x = (double)(i % pixels.width), y = (double)row;
        item->xmin = smaller(item->xmin, x * across);
        item->xmax = larger(item->xmax, (x + 1) * across);
        item->ymin = smaller(item->ymin, y * down);
        item->ymax = larger(item->ymax, (y + 1) * down);
        item->score += 1 / (double)area;
    }
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].score >= card->score)
            found->items[kept++] = found->items[i];
    }
    found->count = kept;
    return VF_OK;
}

static bool map_segmentation(const struct vf_card *card, const struct vf_views *views,
                             struct vf_map_size *size)
{
    (void)card;
    struct pixels pixels = pixels_of(&views->items[0]);
    *size = (struct vf_map_size){pixels.width, pixels.height};
    return true;
}

static void mask_segmentation(const struct vf_card *card, const struct vf_views *views,
                              const struct vf_found *item, uint8_t *mask)
{
    struct pixels pixels = pixels_of(&views->items[0]);
    for (size_t i = 0; i < pixels.width * pixels.height; i++)
        mask[i] = class_at(card, &pixels, i) == (long)item->class;
}

const struct vf_results vf_results_segmentation = {
    .family = VF_FAMILY_SEGMENTATION,
    .check = check_segmentation,
    .decode = decode_segmentation,
    .map = map_segmentation,
    .mask = mask_segmentation,
};
