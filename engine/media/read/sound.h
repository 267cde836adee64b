/* SPDX-License-Identifier: MIT */
/* sound.h - the samples of a source's sound, decoded for those who want them so.
 *
 * They begin and end with the range that is read, to the sample. Timestamps count samples.
 */
#ifndef VF_ENGINE_MEDIA_READ_SOUND_H
#define VF_ENGINE_MEDIA_READ_SOUND_H

#include <stdint.h>

#include "engine/base/result.h"

struct AVPacket;
struct AVStream;
struct vf_message;
struct vf_reading_output;
struct vf_reading_place;
struct vf_reading_sound;

/* What is read at present; borrowed until the next call. */
struct vf_sound_range {
    struct vf_reading_output *output;
    struct vf_reading_place *place;
    int64_t start_us, limit_us; /* samples before and behind are left out; INT64_MIN: none is */
};

VF_MUST_CHECK int vf_reading_sound_create(struct vf_reading_sound **sound,
                                          const struct vf_sound_range *range);
void vf_reading_sound_destroy(struct vf_reading_sound **sound);

/* Decodes a packet of `stream`, and emits the samples that have not been made before; NULL: emits
 * what the decoder still holds. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_reading_sound_take(struct vf_reading_sound *sound,
                                        const struct vf_sound_range *range,
                                        const struct AVStream *stream,
                                        const struct AVPacket *packet);

/* Forgets what the decoder holds: packets from another place follow. */
void vf_reading_sound_restart(struct vf_reading_sound *sound);

/* Emits the announcement of sound whose first packet is late, as far as `stream` says what it
 * is. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_reading_sound_announce(const struct vf_reading_output *output,
                                            const struct AVStream *stream);

#endif
