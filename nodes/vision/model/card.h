/* SPDX-License-Identifier: MIT */
/* card.h - what a model takes and what it tells: the settings that belong to the model alone.
 *
 * A card is put together from what the model's own metadata say, a file beside the model
 * (yolo.onnx.yaml), and the option `card` of the flow; the later goes before the earlier. What none
 * of them says is as is usual for the family.
 */
#ifndef VF_NODES_VISION_MODEL_CARD_H
#define VF_NODES_VISION_MODEL_CARD_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/node/option/list.h"
#include "engine/node/option/option.h"
#include "nodes/vision/model/runtime.h"

#define VF_CARD_CHANNELS 3

/* What comes out of a model: results.h. */
enum vf_family {
    VF_FAMILY_UNKNOWN,
    VF_FAMILY_YOLO,
    VF_FAMILY_END_TO_END,
    VF_FAMILY_SSD,
    VF_FAMILY_DETR,
    VF_FAMILY_PADDLE,
    VF_FAMILY_CENTRE,
    VF_FAMILY_TEXT,
    VF_FAMILY_READING,
    VF_FAMILY_CLASSIFICATION,
    VF_FAMILY_SEGMENTATION,
    VF_FAMILY_EMBEDDING,
    VF_FAMILY_RAW,
    VF_FAMILY_COUNT,
};

enum vf_fit {
    VF_FIT_LETTERBOX, /* all of the frame, in the middle */
    VF_FIT_CORNER,    /* all of it, at the top left */
    VF_FIT_STRETCH,
    VF_FIT_CROP, /* the middle of the frame */
};

enum vf_colour_order { VF_ORDER_RGB, VF_ORDER_BGR };
enum vf_tensor_layout { VF_LAYOUT_AUTO, VF_LAYOUT_NCHW, VF_LAYOUT_NHWC };
enum vf_box_form {
    VF_BOXES_CENTRE,  /* the middle, the width and the height: cx, cy, w, h */
    VF_BOXES_CORNERS, /* xmin, ymin, xmax, ymax */
    VF_BOXES_ROWS,    /* ymin, xmin, ymax, xmax */
};
enum vf_box_units { VF_UNITS_PIXELS, VF_UNITS_RELATIVE };
enum vf_activation { VF_ACTIVATION_NONE, VF_ACTIVATION_SIGMOID, VF_ACTIVATION_SOFTMAX };
enum vf_suppress { VF_SUPPRESS_CLASS, VF_SUPPRESS_ALL, VF_SUPPRESS_NONE };
enum vf_background { VF_BACKGROUND_NONE, VF_BACKGROUND_FIRST, VF_BACKGROUND_LAST };
enum vf_steps { VF_STEPS_AUTO, VF_STEPS_FIRST, VF_STEPS_SECOND };
enum vf_objectness { VF_OBJECTNESS_AUTO, VF_OBJECTNESS_YES, VF_OBJECTNESS_NO };

/* Starts as {0}. */
struct vf_card {
    enum vf_family family;
    char *size, *scale, *dictionary, *points;
    struct vf_option_texts mean, deviation, classes, outputs;
    enum vf_fit fit;
    int fill;
    enum vf_colour_order order;
    enum vf_tensor_layout layout;
    enum vf_box_form boxes;
    enum vf_box_units units;
    enum vf_activation activation;
    enum vf_suppress suppress;
    enum vf_objectness objectness;
    enum vf_background background;
    enum vf_steps steps;
    double score, overlap, threshold, grow;
    int most;
    bool is_oriented;
    /* What follows from the above. */
    int width, height;              /* 0: as the model says */
    int point_count, point_numbers; /* `points` as numbers; 0: there are none */
    double factor;                  /* `scale` as a number */
    double means[VF_CARD_CHANNELS], deviations[VF_CARD_CHANNELS];
};

/* The settings of a card, for struct vf_card. */
extern const struct vf_option_list vf_card_options;

/* The choices of `family`, by value; what each is called. */
const char *vf_family_name(enum vf_family family);

/* Adds what `from` says to `object`, in place of what was said there before. */
VF_MUST_CHECK int vf_card_merge(json_t *object, const json_t *from);

/* Reads the card beside a model into *object, the caller's; an empty one: there is none. Returns
 * -EINVAL with what is wrong in `problem`. */
VF_MUST_CHECK int vf_card_read_beside(json_t **object, const char *model,
                                      const struct vf_model_problem *problem);

/* Makes a card of what was put together. Returns -EINVAL with what is wrong in `problem`: "card.size:
 * ...". */
VF_MUST_CHECK int vf_card_fill(struct vf_card *card, const json_t *object,
                               const struct vf_model_problem *problem);
/* Returns how many numbers stand behind those of the classes of an object: of key points, and an
 * angle. */
int vf_card_extra(const struct vf_card *card);

void vf_card_finish(struct vf_card *card);

#endif
