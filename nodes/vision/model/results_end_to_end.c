/* SPDX-License-Identifier: MIT */
/* results_end_to_end - one row for each object, the others left out by the model itself.
 *
 * The columns are the four of the place, score, class, and those of key points or an angle; or, from models that put all pictures of a batch
 * into one list, the number of the picture, the place, class, score.
 */
#include "nodes/vision/model/results.h"

#define PLAIN 6
#define NUMBERED 7

static bool is_listed(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count)
{
    (void)card;
    return count >= 1 && outputs[0].rank == 2;
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    bool is_numbered = is_listed(card, outputs, count);
    int64_t wanted = is_numbered ? NUMBERED : PLAIN + vf_card_extra(card);
    unsigned rank = count >= 1 ? outputs[0].rank : 0;
    int64_t columns = rank ? outputs[0].shape[rank - 1] : 0;
    if ((rank != 2 && rank != 3) || (columns >= 0 && columns != wanted) ||
        (is_numbered && vf_card_extra(card)))
        return vf_results_refuse(
            card, outputs, count,
            "one output of batch x objects x 6 numbers, and those of key points "
            "or an angle if there are any, or objects x 7",
            problem);
    return VF_OK;
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    const struct vf_view *view = &views->items[0];
    size_t columns = view->shape[1];
    int err = VF_OK;
    for (size_t i = 0; i < view->shape[0] && !err; i++) {
        const float *row = view->data + i * columns;
        bool is_numbered = columns == NUMBERED && !vf_card_extra(card);
        float score = row[is_numbered ? 6 : 4], class = row[5];
        if (is_numbered && row[0] != (float)views->picture)
            continue;
        if (!(score >= card->score) || !(class >= 0 && class < 1e6F))
            continue;
        struct vf_found item = {.score = score, .class = (unsigned)class, .number = i};
        vf_found_place(&item, card, views, row + is_numbered);
        if (card->is_oriented && !is_numbered)
            vf_found_turn(&item, row[columns - 1]);
        err = vf_found_add(found, &item);
    }
    return err;
}

static void points(const struct vf_card *card, const struct vf_views *views,
                   const struct vf_found *item, float (*points)[3])
{
    const struct vf_view *view = &views->items[0];
    vf_found_points(card, views, view->data + item->number * view->shape[1] + PLAIN, 1, points);
}

const struct vf_results vf_results_end_to_end = {
    .family = VF_FAMILY_END_TO_END,
    .numbers_pictures = true,
    .is_listed = is_listed,
    .check = check,
    .decode = decode,
    .points = points,
};
