/* SPDX-License-Identifier: MIT */
/* frame_parts.h - the bytes of a picture as ffmpeg's rawvideo has them: plane after plane, row after
 * row, without padding. They stay where they are.
 */
#ifndef VF_ENGINE_MEDIA_PIPE_FRAME_PARTS_H
#define VF_ENGINE_MEDIA_PIPE_FRAME_PARTS_H

#include "engine/base/parts.h"
#include "engine/base/result.h"

struct AVFrame;

/* Adds them to `parts`, to be written, or to be read into a frame of one's own. */
VF_MUST_CHECK int vf_frame_parts_add(struct vf_parts *parts, const struct AVFrame *frame);

#endif
