/* SPDX-License-Identifier: MIT */
/* sound_encoder.h - compressed sound in, sound compressed by another codec out.
 *
 * Sound keeps its place in time: where the timestamps leave a gap there is silence, where they
 * overlap samples are left out. Each sample of the source is encoded once, at the rate and with the
 * channels that the encoder takes.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_SOUND_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_SOUND_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVCodecContext;
struct AVPacket;
struct vf_message;
struct vf_sound_encoder;

struct vf_sound_order {
    const struct AVCodec *encoder;
    int64_t bit_rate;       /* bits a second; 0: the encoder's own */
    int sample_rate;        /* Hz; 0: the source's, or the nearest to it that the encoder has */
    bool has_global_header; /* as the container wants it */
};

/* Opens a decoder for packets like `first`. */
VF_MUST_CHECK int vf_sound_encoder_create(struct vf_sound_encoder **encoder,
                                          const struct vf_sound_order *order,
                                          const struct vf_message *first);
void vf_sound_encoder_destroy(struct vf_sound_encoder **encoder);

/* Hands over a packet, or, with NULL, says that there are no more. Packets that cannot be decoded
 * become silence. */
VF_MUST_CHECK int vf_sound_encoder_send(struct vf_sound_encoder *encoder,
                                        const struct vf_message *packet);

/* Gives the next packet to the caller, who frees it; NULL: there is none yet. Its time base is
 * set. */
struct AVPacket *vf_sound_encoder_take(struct vf_sound_encoder *encoder);

/* Lends the codec's parameters; NULL: nothing has been decoded yet. */
const struct AVCodecContext *vf_sound_encoder_context(const struct vf_sound_encoder *encoder);

/* Returns how many packets could not be decoded. */
uint64_t vf_sound_encoder_damaged_count(const struct vf_sound_encoder *encoder);

#endif
