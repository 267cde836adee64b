/* SPDX-License-Identifier: MIT */
/* masks.h - the masks of a model, which cover the picture that it got, as masks of the whole frame. */
#ifndef VF_NODES_VISION_MODEL_MASKS_H
#define VF_NODES_VISION_MODEL_MASKS_H

#include <stddef.h>
#include <stdint.h>

#include "nodes/vision/model/fitting.h"
#include "nodes/vision/model/results.h"

/* Which place of the model's map each column and row of a mask of the frame shows. Starts as {0}. */
struct vf_mask_grid {
    struct vf_map_size map;
    size_t width, height;   /* of a mask: about as fine as the map */
    size_t *columns, *rows; /* SIZE_MAX: the model has not seen it */
    double across, down;    /* pixels of the frame for one of the mask */
};

/* For a map over a picture of `width` x `height`. */
VF_MUST_CHECK int vf_mask_grid_init(struct vf_mask_grid *grid, const struct vf_map_size *map,
                                    const struct vf_model_fitting *fitting, int width, int height);
void vf_mask_grid_finish(struct vf_mask_grid *grid);

/* Makes a mask of what the model has for an object: width * height bytes, 0 beside its box, which is in
 * pixels of the frame. */
void vf_mask_grid_fill(const struct vf_mask_grid *grid, const uint8_t *map,
                       const struct vf_found *item, uint8_t *mask);

#endif
