/* SPDX-License-Identifier: MIT */
/* mask.h - pictures in gray that say how much of each pixel of another is to be seen.
 *
 * A mask of another size is scaled to that of the picture.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_MASK_H
#define VF_ENGINE_MEDIA_PICTURE_MASK_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"
#include "engine/message/message.h"

struct vf_mask;

VF_MUST_CHECK int vf_mask_create(struct vf_mask **mask);
void vf_mask_destroy(struct vf_mask **mask);

/* Reads a mask: a frame, of which the brightness counts, or an array of height x width, perhaps x
 * 1: uint8 from 0 to 255, numbers of any other type from 0 to 1. Keeps nothing of it. Returns
 * -EINVAL, after saying why, for what is no mask. */
VF_MUST_CHECK int vf_mask_read(struct vf_mask *mask, const struct vf_message *message);

/* Lends what the last mask covers of a picture of `width` x `height`: where it is black, or, with
 * `is_inverted`, where it is white. NULL in *coverage: nothing. */
VF_MUST_CHECK int vf_mask_cover(struct vf_mask *mask, int width, int height, bool is_inverted,
                                const struct vf_coverage **coverage);

#endif
