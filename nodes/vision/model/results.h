/* SPDX-License-Identifier: MIT */
/* results.h - what the outputs of a model mean: pure functions over their numbers.
 *
 * There is one module for each family of models. It says whether outputs of these shapes can be its
 * own, and makes a list of what was found of the numbers of one picture, in pixels of that picture.
 */
#ifndef VF_NODES_VISION_MODEL_RESULTS_H
#define VF_NODES_VISION_MODEL_RESULTS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "nodes/vision/model/card.h"
#include "nodes/vision/model/session.h"

/* One thing that was found. */
struct vf_found {
    double ymin, xmin, ymax, xmax;
    double score;
    unsigned class;
    size_t number; /* of its row in the output */
};

/* Starts as {0}. */
struct vf_found_list {
    struct vf_found *items;
    size_t count, capacity;
};

/* An output, for one picture: without the dimension of the batch. */
struct vf_view {
    const float *data;
    unsigned rank;
    size_t shape[VF_MAX_DIMENSIONS];
};

/* All outputs for one picture. */
struct vf_views {
    const struct vf_view *items;
    size_t count;
    size_t picture;    /* its number in the batch */
    int width, height; /* of the picture */
};

struct vf_results {
    enum vf_family family;
    unsigned
        listed_rank; /* outputs of this rank hold all pictures of a batch in one list; 0: none */
    /* Returns -EINVAL with what is wrong in `problem`, for outputs that cannot be of this family. A
     * dimension of -1 may be any. */
    int (*check)(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem);
    /* Adds what was found. The outputs have passed the check. NULL: nothing is found by numbers. */
    int (*decode)(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found);
};

/* Returns what knows a family. */
const struct vf_results *vf_results_of(enum vf_family family);

extern const struct vf_results vf_results_yolo;
extern const struct vf_results vf_results_end_to_end;
extern const struct vf_results vf_results_raw;

/* Adds one. */
VF_MUST_CHECK int vf_found_add(struct vf_found_list *found, const struct vf_found *item);
void vf_found_finish(struct vf_found_list *found);

/* Sorts them by falling score, leaves out those that overlap with a surer one, as the card says, and
 * keeps as many as it says. */
void vf_found_select(struct vf_found_list *found, const struct vf_card *card);

/* Sets the place of *item by four numbers of a box, as the card says. */
void vf_found_place(struct vf_found *item, const struct vf_card *card, const struct vf_views *views,
                    const float box[4]);

/* Adds "name float32[1, 84, ?], ..." to `text`: inputs or outputs, for people. */
struct vf_text;
void vf_forms_describe(struct vf_text *text, const struct vf_tensor_form *forms, size_t count);

/* Says in `problem` that the outputs do not fit, and what they are. Returns -EINVAL. */
int vf_results_refuse(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count, const char *expected, const struct vf_model_problem *problem);

/* Checks the number of names. Returns as the check of a family. */
VF_MUST_CHECK int vf_results_check_names(const struct vf_card *card, int64_t classes,
                                         const struct vf_model_problem *problem);

#endif
