/* SPDX-License-Identifier: MIT */
/* answers.h - what was found, as messages to other nodes. */
#ifndef VF_NODES_VISION_MODEL_ANSWERS_H
#define VF_NODES_VISION_MODEL_ANSWERS_H

#include <jansson.h>

#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "nodes/vision/model/model.h"

/* Where an answer goes, and what it is an answer to. */
struct vf_answer {
    struct vf_node_run *run;
    unsigned port;
    const struct vf_message *input;
};

/* Sends a value. Takes it, also on failure; NULL: there was no memory to make it. */
VF_MUST_CHECK int vf_value_send(const struct vf_answer *answer, json_t *value);

/* Send an array of n x 6; a list of such rows; what the objects are in words. */
VF_MUST_CHECK int vf_found_send_boxes(const struct vf_answer *answer,
                                      const struct vf_found_list *found);
VF_MUST_CHECK int vf_found_send_rows(const struct vf_answer *answer,
                                     const struct vf_found_list *found);
VF_MUST_CHECK int vf_found_send_objects(const struct vf_answer *answer, struct vf_model *model,
                                        unsigned place, const struct vf_found_list *found);

/* The same of what no model has found: `names` are those of the classes. */
VF_MUST_CHECK int vf_found_send_named(const struct vf_answer *answer,
                                      const struct vf_option_texts *names,
                                      const struct vf_found_list *found);

/* Makes a list of what is said of each that was found in a place. The caller's; NULL: out of memory. */
json_t *vf_found_describe(struct vf_model *model, unsigned place,
                          const struct vf_found_list *found);

/* Sends a mask of each, in their order; nothing, if the model tells none. */
VF_MUST_CHECK int vf_model_send_masks(const struct vf_answer *answer, struct vf_model *model,
                                      unsigned place, const struct vf_found_list *found);

VF_MUST_CHECK int vf_tensor_send(const struct vf_answer *answer, const struct vf_tensor *tensor);

#endif
