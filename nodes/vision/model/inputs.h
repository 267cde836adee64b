/* SPDX-License-Identifier: MIT */
/* inputs.h - what a model takes: pictures, and of some models how large those are.
 *
 * Models of the DETR family often bring their boxes back into a frame themselves, whose size they are
 * told: orig_target_sizes, im_shape, scale_factor. They are told that of the picture, so that boxes are
 * pixels of that, as with all other models.
 */
#ifndef VF_NODES_VISION_MODEL_INPUTS_H
#define VF_NODES_VISION_MODEL_INPUTS_H

#include "nodes/vision/model/preparation.h"
#include "nodes/vision/model/session.h"

struct vf_model_inputs;

/* Looks at the inputs of a model. Returns -EINVAL with what is wrong in `problem`. */
VF_MUST_CHECK int vf_model_inputs_create(struct vf_model_inputs **inputs,
                                         const struct vf_tensor_form *forms, size_t count,
                                         const struct vf_model_problem *problem);
void vf_model_inputs_destroy(struct vf_model_inputs **inputs);

/* Lends the form of the pictures. */
const struct vf_tensor_form *vf_model_inputs_pictures(const struct vf_model_inputs *inputs);

/* Makes the tensors of a batch, for vf_session_run(). Lends them until the next call; NULL: out of
 * memory. */
const struct vf_tensor *vf_model_inputs_fill(struct vf_model_inputs *inputs,
                                             const struct vf_picture_form *picture, unsigned batch,
                                             void *pictures);

#endif
