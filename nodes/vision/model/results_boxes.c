/* SPDX-License-Identifier: MIT */
/* results_boxes - boxes as one output, and what they are as others.
 *
 * Either a number for each class of each box (DETR), or one score and one class of each (SSD of
 * TensorFlow and of torchvision). Some models have no dimension for the batch.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/results.h"

#define BOX 4 /* numbers of a place */

/* Which output is which; the number of outputs: there is none. */
struct parts {
    size_t boxes, scores, classes;
    bool has_all; /* scores of all classes */
};

static bool is_whole_number(unsigned element)
{
    return element == VF_ELEMENT_INT64 || element == VF_ELEMENT_INT32;
}

static bool is_of_boxes(const struct vf_tensor_form *output)
{
    unsigned rank = output->rank;
    if (rank != 2 && rank != 3)
        return false;
    return output->shape[rank - 1] == BOX ||
           (output->shape[rank - 1] < 0 && vf_results_is_called(output, "box dets"));
}

static size_t find_boxes(const struct vf_tensor_form *outputs, size_t count)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        bool is_better = found == count || vf_results_is_called(&outputs[i], "box dets");
        if (is_of_boxes(&outputs[i]) && is_better)
            found = i;
    }
    return found;
}

/* Numbers of all classes have as many dimensions as the boxes, a score or a class one less. */
static void find_others(struct parts *parts, const struct vf_tensor_form *outputs, size_t count)
{
    unsigned rank = outputs[parts->boxes].rank;
    for (size_t i = 0; i < count && parts->scores == count; i++) {
        if (i != parts->boxes && outputs[i].rank == rank)
            parts->scores = i;
    }
    parts->has_all = parts->scores != count;
    for (size_t i = 0; i < count && !parts->has_all; i++) {
        bool is_class =
            is_whole_number(outputs[i].element) || vf_results_is_called(&outputs[i], "class label");
        if (i == parts->boxes || outputs[i].rank + 1 != rank ||
            vf_results_is_called(&outputs[i], "num"))
            continue;
        if (is_class && parts->classes == count)
            parts->classes = i;
        else if (!is_class && parts->scores == count)
            parts->scores = i;
    }
}

static struct parts find_parts(const struct vf_card *card, const struct vf_tensor_form *outputs,
                               size_t count)
{
    struct parts parts = {.boxes = vf_results_named(card, 0, outputs, count),
                          .scores = vf_results_named(card, 1, outputs, count),
                          .classes = vf_results_named(card, 2, outputs, count)};
    if (card->outputs.count) {
        parts.has_all = card->outputs.count == 2;
        return parts;
    }
    parts.boxes = find_boxes(outputs, count);
    if (parts.boxes != count)
        find_others(&parts, outputs, count);
    return parts;
}

static bool is_listed(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count)
{
    struct parts parts = find_parts(card, outputs, count);
    return parts.boxes != count && outputs[parts.boxes].rank == 2;
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    struct parts parts = find_parts(card, outputs, count);
    bool is_right = parts.boxes != count && parts.scores != count &&
                    (parts.has_all || parts.classes != count) && is_of_boxes(&outputs[parts.boxes]);
    unsigned rank = is_right ? outputs[parts.boxes].rank : 0;
    is_right = is_right && outputs[parts.scores].rank == rank - !parts.has_all;
    is_right = is_right && (parts.has_all || outputs[parts.classes].rank == rank - 1);
    if (!is_right)
        return vf_results_refuse(card, outputs, count,
                                 "batch x objects x 4 numbers of boxes, and as many scores of all "
                                 "classes, or scores and classes; card: {outputs: [boxes, scores, "
                                 "classes]} says which is which",
                                 problem);
    int64_t classes = parts.has_all ? outputs[parts.scores].shape[rank - 1] : -1;
    if (classes >= 0 && card->background != VF_BACKGROUND_NONE)
        classes--;
    return vf_results_check_names(card, classes, problem);
}

/* What one box is: the best of its classes, without the one that stands for nothing. */
static void choose(const struct vf_card *card, const float *numbers, size_t classes,
                   struct vf_found *item)
{
    size_t first = card->background == VF_BACKGROUND_FIRST;
    size_t end = classes - (card->background == VF_BACKGROUND_LAST), best = first;
    for (size_t i = first; i < end; i++)
        best = numbers[i] > numbers[best] ? i : best;
    item->class = (unsigned)(best - first);
    item->score = numbers[best];
    if (card->activation == VF_ACTIVATION_SIGMOID)
        item->score = vf_sigmoid(numbers[best]);
    if (card->activation == VF_ACTIVATION_SOFTMAX) {
        double sum = 0;
        for (size_t i = 0; i < classes; i++)
            sum += exp((double)numbers[i] - numbers[best]);
        item->score = 1 / sum;
    }
}

/* Reads number `i`. Returns false for what is no object. */
static bool read_item(const struct vf_card *card, const struct vf_views *views,
                      const struct parts *parts, size_t i, struct vf_found *item)
{
    const struct vf_view *scores = &views->items[parts->scores];
    *item = (struct vf_found){.number = i};
    if (parts->has_all) {
        choose(card, scores->data + i * scores->shape[1], scores->shape[1], item);
    } else {
        float class = views->items[parts->classes].data[i];
        class -= card->background == VF_BACKGROUND_FIRST ? 1.0F : 0.0F;
        item->score = scores->data[i];
        if (!(class >= 0 && class < 1e6F))
            return false;
        item->class = (unsigned)class;
    }
    return item->score >= card->score;
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    struct parts parts = find_parts(card, views->forms, views->count);
    const struct vf_view *boxes = &views->items[parts.boxes];
    const struct vf_view *scores = &views->items[parts.scores];
    size_t count = boxes->shape[0] < scores->shape[0] ? boxes->shape[0] : scores->shape[0];
    size_t classes = parts.has_all ? scores->shape[1] : 1;
    bool has_classes = classes > (parts.has_all && card->background != VF_BACKGROUND_NONE);
    size_t least = boxes->shape[1] == BOX && has_classes ? count : 0;
    if (!parts.has_all && views->items[parts.classes].shape[0] < least)
        least = views->items[parts.classes].shape[0];
    int err = VF_OK;
    for (size_t i = 0; i < least && !err; i++) {
        struct vf_found item;
        if (!read_item(card, views, &parts, i, &item))
            continue;
        vf_found_place(&item, card, views, boxes->data + i * BOX);
        err = vf_found_add(found, &item);
    }
    return err;
}

const struct vf_results vf_results_ssd = {
    .family = VF_FAMILY_SSD,
    .is_listed = is_listed,
    .check = check,
    .decode = decode,
};

const struct vf_results vf_results_detr = {
    .family = VF_FAMILY_DETR,
    .is_listed = is_listed,
    .check = check,
    .decode = decode,
};
