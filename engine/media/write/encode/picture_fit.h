/* SPDX-License-Identifier: MIT */
/* picture_fit.h - pictures whose sides an encoder cannot have, made a little larger or smaller.
 *
 * H.264 with half of the colours in each direction has even sides only, for instance. Pictures are
 * padded at the right and at the bottom, with what is at their edge, or cropped there.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_PICTURE_FIT_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_PICTURE_FIT_H

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"

struct AVFrame;
struct vf_scaler;

/* Returns the side that becomes of `side` where it must be a multiple. */
int vf_picture_fit_side(enum vf_picture_fit fit, int side, int multiple);

/* Draws `source` at the top left of `target`, which is as large or larger, and has its format and its
 * memory; repeats what is at the edges. */
VF_MUST_CHECK int vf_picture_fit_pad(struct vf_scaler *scaler, const struct AVFrame *source,
                                     struct AVFrame *target);

#endif
