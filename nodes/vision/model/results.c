/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/results.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

const struct vf_results *vf_results_of(enum vf_family family)
{
    static const struct vf_results *const all[] = {
        &vf_results_yolo,         &vf_results_end_to_end, &vf_results_ssd,
        &vf_results_detr,         &vf_results_paddle,     &vf_results_centre,
        &vf_results_text,         &vf_results_reading,    &vf_results_classification,
        &vf_results_segmentation, &vf_results_embedding,  &vf_results_raw,
    };
    for (size_t i = 0; i < VF_COUNT(all); i++) {
        if (all[i]->family == family)
            return all[i];
    }
    return NULL;
}

int vf_found_add(struct vf_found_list *found, const struct vf_found *item)
{
    if (found->count == found->capacity) {
        size_t capacity = found->capacity ? 2 * found->capacity : 64;
        struct vf_found *items = realloc(found->items, capacity * sizeof(*items));
        if (!items)
            return -ENOMEM;
        found->items = items;
        found->capacity = capacity;
    }
    found->items[found->count++] = *item;
    return VF_OK;
}

void vf_found_finish(struct vf_found_list *found)
{
    free(found->items);
    *found = (struct vf_found_list){0};
}

/* Those of one score stay in the order of the output. */
static int compare(const void *a, const void *b)
{
    const struct vf_found *one = a, *other = b;
    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->number < other->number ? -1 : one->number > other->number;
}

static bool is_hidden(const struct vf_found_list *found, size_t kept, const struct vf_found *item,
                      const struct vf_card *card)
{
    for (size_t i = 0; i < kept && card->suppress != VF_SUPPRESS_NONE; i++) {
        const struct vf_found *surer = &found->items[i];
        bool is_rival = card->suppress == VF_SUPPRESS_ALL || surer->class == item->class;
        if (is_rival && vf_found_overlap(surer, item) > card->overlap)
            return true;
    }
    return false;
}

void vf_found_select(struct vf_found_list *found, const struct vf_card *card)
{
    size_t kept = 0;
    if (found->count)
        qsort(found->items, found->count, sizeof(*found->items), compare);
    for (size_t i = 0; i < found->count && kept < (size_t)card->most; i++) {
        if (!is_hidden(found, kept, &found->items[i], card))
            found->items[kept++] = found->items[i];
    }
    found->count = kept;
}

void vf_found_place(struct vf_found *item, const struct vf_card *card, const struct vf_views *views,
                    const float box[4])
{
    double x0 = box[0], y0 = box[1], x1 = box[2], y1 = box[3];
    if (card->boxes == VF_BOXES_CENTRE) {
        x0 = box[0] - box[2] / 2.0;
        y0 = box[1] - box[3] / 2.0;
        x1 = box[0] + box[2] / 2.0;
        y1 = box[1] + box[3] / 2.0;
    } else if (card->boxes == VF_BOXES_ROWS) {
        y0 = box[0], x0 = box[1], y1 = box[2], x1 = box[3];
    }
    bool is_relative = card->units == VF_UNITS_RELATIVE;
    double across = is_relative ? views->width : 1, down = is_relative ? views->height : 1;
    item->xmin = x0 * across;
    item->xmax = x1 * across;
    item->ymin = y0 * down;
    item->ymax = y1 * down;
}

void vf_forms_describe(struct vf_text *text, const struct vf_tensor_form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct vf_tensor_form *form = &forms[i];
        vf_text_print(text, "%s%s %s[", i ? ", " : "", form->name, vf_element_name(form->element));
        for (unsigned d = 0; d < form->rank; d++) {
            if (form->shape[d] < 0)
                vf_text_print(text, "%s?", d ? ", " : "");
            else
                vf_text_print(text, "%s%lld", d ? ", " : "", (long long)form->shape[d]);
        }
        vf_text_print(text, "]");
    }
}

int vf_results_refuse(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count, const char *expected, const struct vf_model_problem *problem)
{
    struct vf_text text = {0};
    vf_forms_describe(&text, outputs, count);
    snprintf(problem->text, problem->size, "card.family: %s models have %s; this one has %s",
             vf_family_name(card->family), expected, text.bytes ? text.bytes : "no outputs");
    vf_text_finish(&text);
    return -EINVAL;
}

int vf_results_check_names(const struct vf_card *card, int64_t classes,
                           const struct vf_model_problem *problem)
{
    if (!card->classes.count || classes < 0 || (int64_t)card->classes.count == classes)
        return VF_OK;
    snprintf(problem->text, problem->size, "card.classes: there are %zu names, but %lld classes",
             card->classes.count, (long long)classes);
    return -EINVAL;
}

float vf_sigmoid(float number)
{
    return 1 / (1 + expf(-number));
}

double vf_results_score(const struct vf_card *card, const float *numbers, size_t count,
                        size_t which)
{
    if (card->activation == VF_ACTIVATION_SIGMOID)
        return vf_sigmoid(numbers[which]);
    if (card->activation != VF_ACTIVATION_SOFTMAX)
        return numbers[which];
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += exp((double)numbers[i] - numbers[which]);
    return 1 / sum;
}

size_t vf_results_named(const struct vf_card *card, size_t place,
                        const struct vf_tensor_form *outputs, size_t count)
{
    for (size_t i = 0; i < count && place < card->outputs.count; i++) {
        if (strcmp(outputs[i].name, card->outputs.items[place]) == 0)
            return i;
    }
    return count;
}

bool vf_results_is_called(const struct vf_tensor_form *output, const char *words)
{
    char word[32];
    int length;
    for (; sscanf(words, " %31s%n", word, &length) == 1; words += length) {
        if (strcasestr(output->name, word))
            return true;
    }
    return false;
}

static int check_raw(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                     const struct vf_model_problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        if (vf_element_dtype(outputs[i].element))
            return VF_OK;
    }
    return vf_results_refuse(card, outputs, count, "an output of numbers", problem);
}

const struct vf_results vf_results_embedding = {
    .family = VF_FAMILY_EMBEDDING,
    .check = check_raw,
};

const struct vf_results vf_results_raw = {
    .family = VF_FAMILY_RAW,
    .check = check_raw,
};
