/* SPDX-License-Identifier: MIT */
/* audio.h - messages of decoded sound as libav's frames, and back. */
#ifndef VF_ENGINE_MEDIA_LIBAV_AUDIO_H
#define VF_ENGINE_MEDIA_LIBAV_AUDIO_H

#include "engine/base/result.h"

struct AVFrame;
struct vf_message;
struct vf_node_run;

/* Makes a frame of an audio message. It shares the payload, read-only, and keeps a hold on it for
 * as long as libav keeps a reference. Returns -EBADMSG for a description that its payload does
 * not bear out. */
VF_MUST_CHECK int vf_media_audio_from_message(struct AVFrame **frame,
                                              const struct vf_message *message);

/* Makes an audio message of a frame, whose samples are copied into a payload of the task's
 * arena: libav's decoders bring small buffers of their own. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_media_audio_to_message(struct vf_node_run *run, const struct AVFrame *frame,
                                            struct vf_message **message);

#endif
