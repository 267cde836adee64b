/* SPDX-License-Identifier: MIT */
/* results_paddle - one row for each object of all pictures of a batch, and how many are of each picture.
 *
 * PaddleDetection exports its models so: class, score, xmin, ymin, xmax, ymax; where a model has a
 * fixed number of rows, those beyond the last object have the class -1.
 */
#include "nodes/vision/model/results.h"

#define COLUMNS 6

/* Finds the two outputs, by name or by their forms. Returns false where one is not there. */
static bool find_outputs(const struct vf_card *card, const struct vf_tensor_form *outputs,
                         size_t count, size_t *rows, size_t *counts)
{
    *rows = vf_results_named(card, 0, outputs, count);
    *counts = vf_results_named(card, 1, outputs, count);
    for (size_t i = count; i > 0; i--) {
        const struct vf_tensor_form *output = &outputs[i - 1];
        bool is_rows = output->rank == 2 && (output->shape[1] < 0 || output->shape[1] == COLUMNS);
        if (is_rows && !card->outputs.count)
            *rows = i - 1;
        else if (output->rank == 1 && !card->outputs.count)
            *counts = i - 1;
    }
    return *rows < count && *counts < count && outputs[*rows].rank == 2 &&
           outputs[*counts].rank == 1;
}

static bool is_listed(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count)
{
    (void)card, (void)outputs, (void)count;
    return true;
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    size_t rows, counts;
    bool is_right = find_outputs(card, outputs, count, &rows, &counts) &&
                    (outputs[rows].shape[1] < 0 || outputs[rows].shape[1] == COLUMNS);
    return is_right
               ? VF_OK
               : vf_results_refuse(card, outputs, count,
                                   "an output of objects x 6 numbers, and one of the number of "
                                   "objects in each picture",
                                   problem);
}

/* Returns a count that may be anything as one that can be. */
static size_t limit(float number, size_t most)
{
    if (!(number > 0))
        return 0;
    return number < (float)most ? (size_t)number : most;
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    size_t rows, counts, begin = 0;
    if (!find_outputs(card, views->forms, views->count, &rows, &counts))
        return VF_OK;
    const struct vf_view *view = &views->items[rows], *numbers = &views->items[counts];
    size_t total = view->shape[1] == COLUMNS ? view->shape[0] : 0;
    for (size_t i = 0; i < views->picture && i < numbers->shape[0]; i++)
        begin += limit(numbers->data[i], total - begin);
    size_t own = views->picture < numbers->shape[0]
                     ? limit(numbers->data[views->picture], total - begin)
                     : 0;
    int err = VF_OK;
    for (size_t i = begin; i < begin + own && !err; i++) {
        const float *row = view->data + i * COLUMNS;
        if (!(row[1] >= card->score) || !(row[0] >= 0 && row[0] < 1e6F))
            continue;
        struct vf_found item = {.score = row[1], .class = (unsigned)row[0], .number = i};
        vf_found_place(&item, card, views, row + 2);
        err = vf_found_add(found, &item);
    }
    return err;
}

const struct vf_results vf_results_paddle = {
    .family = VF_FAMILY_PADDLE,
    .numbers_pictures = true,
    .is_listed = is_listed,
    .check = check,
    .decode = decode,
};
