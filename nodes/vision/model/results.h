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
    size_t number;     /* of its row in the output */
    bool is_slanted;   /* it has corners of its own, which the box is around */
    double corners[8]; /* x and y of each, clockwise */
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
    const struct vf_tensor_form *forms; /* with the shapes of the whole batch */
    const struct vf_view *items;
    size_t count;
    size_t picture;    /* its number in the batch */
    int width, height; /* of the picture */
};

struct vf_map_size {
    size_t width, height;
};

struct vf_text;

struct vf_results {
    enum vf_family family;
    /* Sets what the card leaves open by the outputs, of which there is one at least, for `batch`
     * pictures; -1: they may be any number. NULL: nothing is. */
    void (*settle)(struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                   int64_t batch);
    /* Where outputs hold what was found in all pictures in one list, it says of which picture each is. */
    bool numbers_pictures;
    /* Returns whether the outputs hold what was found in all pictures of a batch in one list, or by
     * another dimension than the first. NULL: they never do. */
    bool (*is_listed)(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count);
    /* Returns -EINVAL with what is wrong in `problem`, for outputs that cannot be of this family. A
     * dimension of -1 may be any. */
    int (*check)(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem);
    /* Adds what was found. The outputs have passed the check. NULL: nothing is found by numbers. */
    int (*decode)(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found);
    /* Adds the text that was read, and says how sure it is. NULL: none is. */
    int (*read)(const struct vf_card *card, const struct vf_views *views, struct vf_text *text,
                double *score);
    /* Fills `points`, three numbers for each key point that the card says there are: x, y and a score. NULL:
     * there are none. */
    void (*points)(const struct vf_card *card, const struct vf_views *views,
                   const struct vf_found *item, float (*points)[3]);
    /* Returns the size of the map in which there are masks; false: there are none. NULL: never. */
    bool (*map)(const struct vf_card *card, const struct vf_views *views, struct vf_map_size *size);
    /* Fills `mask`, as many bytes as the map has, with where the object is: 0 or 1. */
    void (*mask)(const struct vf_card *card, const struct vf_views *views,
                 const struct vf_found *item, uint8_t *mask);
};

/* Returns what knows a family. */
const struct vf_results *vf_results_of(enum vf_family family);

extern const struct vf_results vf_results_yolo;
extern const struct vf_results vf_results_end_to_end;
extern const struct vf_results vf_results_ssd;
extern const struct vf_results vf_results_detr;
extern const struct vf_results vf_results_paddle;
extern const struct vf_results vf_results_centre;
extern const struct vf_results vf_results_text;
extern const struct vf_results vf_results_reading;
extern const struct vf_results vf_results_classification;
extern const struct vf_results vf_results_segmentation;
extern const struct vf_results vf_results_embedding;
extern const struct vf_results vf_results_raw;

/* The logistic function. */
float vf_sigmoid(float number);

/* Returns the score that number `which` of several stands for, as the card says. */
double vf_results_score(const struct vf_card *card, const float *numbers, size_t count,
                        size_t which);

/* Finds the output that the card names as number `place` of its `outputs`. Returns its number; `count`:
 * the card names none there, or one that is not there. */
size_t vf_results_named(const struct vf_card *card, size_t place,
                        const struct vf_tensor_form *outputs, size_t count);

/* Returns whether one of these words, with spaces between them, is in the name of an output. */
bool vf_results_is_called(const struct vf_tensor_form *output, const char *words);

/* Adds one. */
VF_MUST_CHECK int vf_found_add(struct vf_found_list *found, const struct vf_found *item);
void vf_found_finish(struct vf_found_list *found);

/* Sorts them by falling score, leaves out those that overlap with a surer one, as the card says, and
 * keeps as many as it says. */
void vf_found_select(struct vf_found_list *found, const struct vf_card *card);

/* Sets the place of *item by four numbers of a box, as the card says. */
void vf_found_place(struct vf_found *item, const struct vf_card *card, const struct vf_views *views,
                    const float box[4]);

/* Turns a box around its middle by an angle in radians, clockwise as y goes down. */
void vf_found_turn(struct vf_found *item, double angle);

/* Reads the key points of an object from its numbers, which stand `step` apart. */
void vf_found_points(const struct vf_card *card, const struct vf_views *views, const float *numbers,
                     size_t step, float (*points)[3]);

/* Returns the share of what two cover together in what either covers. */
double vf_found_overlap(const struct vf_found *a, const struct vf_found *b);

/* Adds "name float32[1, 84, ?], ..." to `text`: inputs or outputs, for people. */
void vf_forms_describe(struct vf_text *text, const struct vf_tensor_form *forms, size_t count);

/* Says in `problem` that the outputs do not fit, and what they are. Returns -EINVAL. */
int vf_results_refuse(const struct vf_card *card, const struct vf_tensor_form *outputs,
                      size_t count, const char *expected, const struct vf_model_problem *problem);

/* Checks the number of names. Returns as the check of a family. */
VF_MUST_CHECK int vf_results_check_names(const struct vf_card *card, int64_t classes,
                                         const struct vf_model_problem *problem);

#endif
