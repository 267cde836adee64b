/* SPDX-License-Identifier: MIT */
/* sound_encoder.h - sound in, compressed or not; sound compressed by a codec of choice out.
 *
 * Sound keeps its place in time: where the timestamps leave a gap there is silence, where they
 * overlap samples are left out. Each sample of the source is encoded once, at the rate and with the
 * channels that the encoder takes. Where the codec of the source changes, or what is said of it,
 * another decoder goes on; what comes out stays as it began.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_SOUND_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_SOUND_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVCodecContext;
struct AVCodecParameters;
struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_sound_encoder;

struct vf_sound_order {
    struct vf_node_run *run; /* to which damage is reported */
    const struct AVCodec *encoder;
    const struct AVCodecParameters *like; /* sound that this is to follow, borrowed for the call,
                                             whose rate and channels it gets; NULL: none */
    int64_t bit_rate;                     /* bits a second; 0: the encoder's own */
    int sample_rate;        /* Hz; 0: the source's, or the nearest to it that the encoder has */
    bool has_global_header; /* as the container wants it */
};

/* Prepares for messages like `first`: packets or audio. Opens, for sound that follows other sound,
 * the encoder. Logs why it cannot, and returns a negative errno. */
VF_MUST_CHECK int vf_sound_encoder_create(struct vf_sound_encoder **encoder,
                                          const struct vf_sound_order *order,
                                          const struct vf_message *first);
void vf_sound_encoder_destroy(struct vf_sound_encoder **encoder);

/* Hands over a message, or, with NULL, says that there are no more. Packets that cannot be decoded
 * are reported to the task, and become silence. */
VF_MUST_CHECK int vf_sound_encoder_send(struct vf_sound_encoder *encoder,
                                        const struct vf_message *message);

/* Gives the next packet to the caller, who frees it; NULL: there is none yet. Its time base is
 * set. */
struct AVPacket *vf_sound_encoder_take(struct vf_sound_encoder *encoder);

/* Lends the codec's parameters; NULL: it has not been opened yet. */
const struct AVCodecContext *vf_sound_encoder_context(const struct vf_sound_encoder *encoder);

/* Opens the encoder, if that has not been, by what an announcement says of the sound, none of which
 * has come. Does nothing where that is too little. */
VF_MUST_CHECK int vf_sound_encoder_settle(struct vf_sound_encoder *encoder,
                                          const struct vf_message *announcement);

#endif
