/* SPDX-License-Identifier: MIT */
/* sound_track.h - sound as a container is to have it: its packets are copied, or it is encoded. */
#ifndef VF_ENGINE_MEDIA_WRITE_SOUND_TRACK_H
#define VF_ENGINE_MEDIA_WRITE_SOUND_TRACK_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/write/muxer.h"

struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;
struct vf_sound_track;

struct vf_sound_track_order {
    struct vf_node_run *run;
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
};

/* Decides for messages like `first`: packets, or decoded sound. Borrows what the order names. Logs what cannot be held, and
 * returns -EINVAL. */
VF_MUST_CHECK int vf_sound_track_create(struct vf_sound_track **sound,
                                        const struct vf_sound_track_order *order,
                                        const struct vf_message *first);
void vf_sound_track_destroy(struct vf_sound_track **sound);

/* Hands over a message, or, with NULL, says that there are no more. An announcement says what comes,
 * and that it is late: what can be known of the track without it is. What
 * is damaged, or cannot follow what came before, is reported to the task and left out. */
VF_MUST_CHECK int vf_sound_track_send(struct vf_sound_track *sound,
                                      const struct vf_message *message);

/* Gives the next packet to the caller, who frees it; NULL: there is none yet. */
VF_MUST_CHECK int vf_sound_track_take(struct vf_sound_track *sound, struct AVPacket **packet);

/* Says what comes out; the parameters in *track are the caller's. Returns -EAGAIN while that is
 * not known: of what is encoded, a frame must have been decoded; AAC with a header in each packet
 * must have brought one. */
VF_MUST_CHECK int vf_sound_track_describe(const struct vf_sound_track *sound,
                                          struct vf_media_track *track);

/* Returns whether all packets are encoded again. */
bool vf_sound_track_is_encoded(const struct vf_sound_track *sound);

#endif
