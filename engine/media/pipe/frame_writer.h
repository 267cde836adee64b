/* SPDX-License-Identifier: MIT */
/* frame_writer.h - frames as the bytes that another program reads: raw, y4m, or in a container that
 * libav writes.
 *
 * A frame is converted where the form asks for that, and else its bytes stay where they are. In one
 * stream all frames have the same format and size.
 */
#ifndef VF_ENGINE_MEDIA_PIPE_FRAME_WRITER_H
#define VF_ENGINE_MEDIA_PIPE_FRAME_WRITER_H

#include <stdbool.h>

#include "engine/base/parts.h"
#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_frame_writer;

#define VF_FORM_RAW "rawvideo"
#define VF_FORM_Y4M "y4m"

/* Returns whether frames can be written in this form. */
bool vf_frame_writer_is(const char *form);

/* Makes a writer of frames of one form and pixel format, "": that of each stream's first frame, or the
 * nearest that the form has. */
VF_MUST_CHECK int vf_frame_writer_create(struct vf_frame_writer **writer, const char *form,
                                         const char *format);
void vf_frame_writer_destroy(struct vf_frame_writer **writer);

/* Returns whether a frame can follow those before it. */
bool vf_frame_writer_fits(const struct vf_frame_writer *writer, const struct vf_video *video);

/* Begins a stream of frames like this one. Lends what they are when they are written. A rate of 0/1
 * stands for none. */
VF_MUST_CHECK int vf_frame_writer_begin(struct vf_frame_writer *writer,
                                        const struct vf_video *video, struct vf_rational rate,
                                        const struct vf_video **written);

/* Puts the bytes of a frame, with those of the header before the first, into `parts`. The frame is kept
 * until vf_frame_writer_clear(). */
VF_MUST_CHECK int vf_frame_writer_put(struct vf_frame_writer *writer,
                                      const struct vf_message *message, struct vf_parts *parts);
void vf_frame_writer_clear(struct vf_frame_writer *writer);

/* Puts the bytes of the stream's end into `parts`. */
VF_MUST_CHECK int vf_frame_writer_end(struct vf_frame_writer *writer, struct vf_parts *parts);

#endif
