/* SPDX-License-Identifier: MIT */
/* answers.h - sends what a model tells beyond the boxes of any detector (found.h). */
#ifndef VF_NODES_VISION_MODEL_ANSWERS_H
#define VF_NODES_VISION_MODEL_ANSWERS_H

#include <jansson.h>

#include "engine/node/node.h"
#include "nodes/vision/model/model.h"

/* Where an answer goes, and what it is an answer to. */
struct vf_answer {
    struct vf_node_run *run;
    unsigned port;
    const struct vf_message *input;
};

/* Makes a list of what is said of each that was found in a place, key points included. The caller's;
 * NULL: out of memory. */
json_t *vf_model_describe(struct vf_model *model, unsigned place,
                          const struct vf_found_list *found);

/* Sends a mask of each, in their order; nothing, if the model tells none. */
VF_MUST_CHECK int vf_model_send_masks(const struct vf_answer *answer, struct vf_model *model,
                                      unsigned place, const struct vf_found_list *found);

VF_MUST_CHECK int vf_tensor_send(const struct vf_answer *answer, const struct vf_tensor *tensor);

#endif
