/* SPDX-License-Identifier: MIT */
/* y4m.h - the header of a YUV4MPEG2 stream.
 *
 * Such a stream is one line that says what the frames are, and then, for each frame, a line that begins
 * with FRAME, and its planes without padding.
 */
#ifndef VF_ENGINE_MEDIA_PIPE_Y4M_H
#define VF_ENGINE_MEDIA_PIPE_Y4M_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/message/message.h"

#define VF_Y4M_FRAME "FRAME" /* begins the line of a frame */
#define VF_Y4M_LONGEST_LINE 1024

/* Returns the pixel format (an AVPixelFormat) nearest to `format` that such a stream can have, which
 * may be that itself. */
int vf_y4m_format(int format);

/* Adds the header of frames of a format that such a stream can have, with its line end. */
void vf_y4m_print(struct vf_text *text, const struct vf_video *video);

/* Reads a header, without its line end: the format, the size, the shape of a pixel, the rate, and what
 * is said of colours and fields. Returns -EBADMSG with one phrase in *complaint (lent forever). */
VF_MUST_CHECK int vf_y4m_parse(struct vf_video *video, const char *line, const char **complaint);

#endif
