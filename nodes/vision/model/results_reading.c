/* SPDX-License-Identifier: MIT */
/* results_reading - the characters of a line of text (CTC: A. Graves and others, 2006).
 *
 * For each step along the line there is a number for each character, and one for nothing. The best of
 * each step are read; the same one twice in a row is once, unless nothing stands in between. The steps
 * are the second dimension, or the first, with the pictures of the batch behind them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "nodes/vision/model/results.h"

/* Returns whether a dimension can be that of the batch. */
static bool can_be_batch(int64_t length, int64_t batch)
{
    return length < 0 || length == batch;
}

static void settle(struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                   int64_t batch)
{
    const int64_t *shape = outputs->shape;
    bool is_first = can_be_batch(shape[0], batch), is_second = can_be_batch(shape[1], batch);
    (void)count;
    if (card->steps == VF_STEPS_AUTO && outputs->rank == 3 && is_first != is_second)
        card->steps = is_first ? VF_STEPS_SECOND : VF_STEPS_FIRST;
}

static bool is_listed(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count)
{
    (void)outputs, (void)count;
    return card->steps == VF_STEPS_FIRST;
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    if (count < 1 || outputs[0].rank != 3)
        return vf_results_refuse(
            card, outputs, count,
            "one output of batch x steps x characters, or of steps x batch x characters", problem);
    int64_t characters = outputs[0].shape[2], known = (int64_t)card->classes.count;
    if (!known) {
        snprintf(
            problem->text, problem->size,
            "card.dictionary: say which characters the model reads, in a file with one a line");
        return -EINVAL;
    }
    /* One stands for nothing, and often a space that is in no dictionary is the last. */
    if (characters < 0 || characters == known + 1 || characters == known + 2)
        return VF_OK;
    snprintf(problem->text, problem->size,
             "card.dictionary: there are %lld characters, but the model tells %lld: those, one for "
             "nothing, and perhaps a space",
             (long long)known, (long long)characters);
    return -EINVAL;
}

static const char *character(const struct vf_card *card, size_t number)
{
    return number < card->classes.count ? card->classes.items[number] : " ";
}

static int read_line(const struct vf_card *card, const struct vf_views *views, struct vf_text *text,
                     double *score)
{
    const struct vf_view *view = &views->items[0];
    bool is_first = view->rank == 3; /* it has a dimension for the batch */
    size_t steps = view->shape[0], count = view->shape[is_first ? 2 : 1], read = 0;
    size_t apart = is_first ? view->shape[1] * count : count;
    const float *own = view->data + (is_first ? views->picture * count : 0);
    size_t nothing = card->background == VF_BACKGROUND_LAST ? count - 1 : 0;
    size_t before = nothing;
    *score = 0;
    for (size_t step = 0; step < steps && count; step++) {
        const float *numbers = own + step * apart;
        size_t best = 0;
        for (size_t i = 1; i < count; i++)
            best = numbers[i] > numbers[best] ? i : best;
        if (best != nothing && best != before) {
            const char *found = character(card, best - (nothing == 0));
            vf_text_append(text, found, strlen(found));
            *score += vf_results_score(card, numbers, count, best);
            read++;
        }
        before = best;
    }
    *score = read ? *score / (double)read : 0;
    return text->failed ? -ENOMEM : VF_OK;
}

const struct vf_results vf_results_reading = {
    .family = VF_FAMILY_READING,
    .settle = settle,
    .is_listed = is_listed,
    .check = check,
    .read = read_line,
};
