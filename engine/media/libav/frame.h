/* SPDX-License-Identifier: MIT */
/* frame.h - video messages as libav's frames, and back, without copying pictures.
 *
 * The extras of a message are its frame's opaque_ref, which libav hands on with the frame's other
 * properties; nothing else uses opaque_ref. What is in them is a matter of media/facts.
 */
#ifndef VF_ENGINE_MEDIA_LIBAV_FRAME_H
#define VF_ENGINE_MEDIA_LIBAV_FRAME_H

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVFrame;
struct vf_node_run;

/* Returns the AVPixelFormat of a video message, or -1. */
int vf_media_pixel_format(const struct vf_video *video);

/* Makes a frame of a video message. It shares the payload, read-only, and keeps a hold on it for
 * as long as libav keeps a reference. Returns -EBADMSG for a description that its payload does
 * not bear out: planes outside of it, strides too short, an unknown format. */
VF_MUST_CHECK int vf_media_frame_from_message(struct AVFrame **frame,
                                              const struct vf_message *message);

/* Makes a video message of a frame, with `frame_rate` (0/1: unknown). A frame that lies in a
 * payload is shared, any other is copied into one of the task's arena; returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_media_frame_to_message(struct vf_node_run *run, const struct AVFrame *frame,
                                            struct vf_rational frame_rate,
                                            struct vf_message **message);

/* Copies a frame into one of the task's arena, with all that belongs to it; -EINVAL, after it has
 * logged why, for a format that has no planes in memory. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_media_frame_copy(struct AVFrame **copy, struct vf_node_run *run,
                                      const struct AVFrame *frame);

/* The same for filters that draw into it: vf_picture_create_writable(). */
VF_MUST_CHECK int vf_media_frame_copy_writable(struct AVFrame **copy, struct vf_node_run *run,
                                               const struct AVFrame *frame);

/* Replaces the frame's memory by a copy that only this process knows. */
VF_MUST_CHECK int vf_media_frame_detach(struct AVFrame *frame);

/* Makes a frame last `times` as long: of that many frames, it is the only one that is sent. */
void vf_media_frame_stretch(struct vf_message *message, int times);

/* Returns when a message begins and ends, in microseconds; INT64_MIN: it has no timestamp. */
int64_t vf_media_start_us(const struct vf_message *message);
int64_t vf_media_end_us(const struct vf_message *message);

#endif
