/* SPDX-License-Identifier: MIT */
/* results_reading - the characters of a line of text (CTC: A. Graves and others, 2006).
 *
 * For each step along the line there is a number for each character, and one for nothing. The best of
 * each step are read; the same one twice in a row is once, unless nothing stands in between.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "nodes/vision/model/results.h"

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    if (count < 1 || outputs[0].rank != 3)
        return vf_results_refuse(card, outputs, count, "one output of batch x steps x characters",
                                 problem);
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
    size_t steps = view->shape[0], count = view->shape[1], read = 0;
    size_t nothing = card->background == VF_BACKGROUND_LAST ? count - 1 : 0;
    size_t before = nothing;
    *score = 0;
    for (size_t step = 0; step < steps && count; step++) {
        const float *numbers = view->data + step * count;
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
    .check = check,
    .read = read_line,
};
