/* SPDX-License-Identifier: MIT */
/* preparation.h - frames as the tensor that a model takes.
 *
 * A frame is scaled and converted to planes of 8 bits, and each sample replaced from a table that
 * holds what becomes of its 256 values: multiplied, shifted, and in the type of the tensor.
 */
#ifndef VF_NODES_VISION_MODEL_PREPARATION_H
#define VF_NODES_VISION_MODEL_PREPARATION_H

#include "nodes/vision/model/card.h"
#include "nodes/vision/model/fitting.h"
#include "nodes/vision/model/session.h"

struct vf_node_run;
struct vf_preparation;

/* What the tensor is, found out by its form and the card. */
struct vf_picture_form {
    unsigned element;
    int64_t batch; /* pictures in it; -1: any number */
    unsigned channels;
    int width, height;
    bool is_wide;        /* its width may be any: that of each batch is set */
    bool is_interleaved; /* NHWC */
};

/* Reads what the model and the card say of its input. Returns -EINVAL with what is wrong. */
VF_MUST_CHECK int vf_picture_form_read(struct vf_picture_form *picture, const struct vf_card *card,
                                       const struct vf_tensor_form *input,
                                       const struct vf_model_problem *problem);

/* Makes *tensor that of `batch` pictures. Its data stay as they are. */
void vf_picture_form_describe(const struct vf_picture_form *picture, int64_t batch,
                              struct vf_tensor *tensor);

/* Returns the bytes of one picture. */
size_t vf_picture_form_size(const struct vf_picture_form *picture);

/* Copies both; what the card lends is not used later. */
VF_MUST_CHECK int vf_preparation_create(struct vf_preparation **preparation,
                                        const struct vf_picture_form *picture,
                                        const struct vf_card *card);
void vf_preparation_destroy(struct vf_preparation **preparation);

/* Makes a picture of a video message in `place`, which has the size of one, and says where the frame is
 * in it. */
VF_MUST_CHECK int vf_preparation_draw(struct vf_preparation *preparation, struct vf_node_run *run,
                                      const struct vf_message *message, void *place,
                                      struct vf_model_fitting *fitting);

/* Has regions be parts of this video message from now on. It is borrowed for the call only. */
VF_MUST_CHECK int vf_preparation_begin(struct vf_preparation *preparation, struct vf_node_run *run,
                                       const struct vf_message *message);

/* Makes a picture of a region of it, likewise. */
VF_MUST_CHECK int vf_preparation_draw_region(struct vf_preparation *preparation,
                                             const struct vf_region *region, void *place,
                                             struct vf_model_fitting *fitting);

/* Sets the width of the pictures, where that may be any. */
void vf_preparation_set_width(struct vf_preparation *preparation, int width);

#endif
