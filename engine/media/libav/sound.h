/* SPDX-License-Identifier: MIT */
/* sound.h - audio messages as libav's frames, and back.
 *
 * Of a planar format each channel is a plane; they lie one after the other, a stride apart. The
 * extras of a message are its frame's opaque_ref, as of pictures (libav/frame.h), but a copy.
 *
 * A message without samples announces sound whose first samples are late, and says of what form it
 * will be; or, without a rate, that there is none to come: who waits for the first samples need wait
 * no longer.
 */
#ifndef VF_ENGINE_MEDIA_LIBAV_SOUND_H
#define VF_ENGINE_MEDIA_LIBAV_SOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVChannelLayout;
struct AVFrame;
struct vf_node_run;

/* Makes a frame of an audio message, with its time base set. It shares the payload, read-only, and
 * keeps a hold on it for as long as libav keeps a reference. Of an announcement it has no samples,
 * and no memory. Returns -EBADMSG for a description that its payload does not bear out. */
VF_MUST_CHECK int vf_media_sound_from_message(struct AVFrame **frame,
                                              const struct vf_message *message);

/* Makes an audio message of a frame, whose time base is set, and copies its samples into a payload
 * of the task's arena; of a frame without samples it makes an announcement. Returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_media_sound_to_message(struct vf_node_run *run, const struct AVFrame *frame,
                                            struct vf_message **message);

/* Makes the message that announces that there is no sound. */
VF_MUST_CHECK int vf_media_sound_announce_none(struct vf_message **message);
bool vf_media_sound_is_none(const struct vf_message *message);

/* Returns whether a message has no samples, but says of what form those to come are. */
bool vf_media_sound_is_announcement(const struct vf_message *message);

/* Returns the bytes of the payload of so many samples of each channel, of the AVSampleFormat. */
size_t vf_media_sound_payload_size(int format, int channels, int samples, size_t extras_size);

/* Makes the layout that a message names, or, where that does not say which channels there are, the
 * usual one of as many, for the caller to uninit. */
void vf_media_sound_layout(struct AVChannelLayout *layout, const char *name, int channels);

#endif
