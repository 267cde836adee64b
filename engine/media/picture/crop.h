/* SPDX-License-Identifier: MIT */
/* crop.h - a part of a picture, where it lies: nothing is copied. */
#ifndef VF_ENGINE_MEDIA_PICTURE_CROP_H
#define VF_ENGINE_MEDIA_PICTURE_CROP_H

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"
#include "engine/message/message.h"

struct vf_node_run;

/* Moves the left and the upper edge of `area` outwards, and makes it narrower and lower, until all
 * are borders between chroma samples of `video`, as ffmpeg's crop filter does; an edge of the
 * picture itself stays. An area of less than one sample becomes one. */
void vf_crop_round(const struct vf_video *video, struct vf_rectangle *area);

/* Makes a message of the part of a video message that is in `area`. It shares the payload. Chroma
 * begins at the sample that the left and the upper edge are in. Returns -EINVAL, after saying why,
 * for a format whose pixels are not at whole bytes; -EBADMSG as vf_media_frame_from_message(). */
VF_MUST_CHECK int vf_crop_apply(struct vf_node_run *run, const struct vf_message *message,
                                const struct vf_rectangle *area, struct vf_message **part);

#endif
