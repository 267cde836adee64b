/* SPDX-License-Identifier: MIT */
/* encoder.h - video messages in, compressed packets out.
 *
 * Frames are given to the codec as they lie in shared memory; one of another size or format than
 * the codec takes is converted. Timestamps keep their distances: a variable frame rate stays one.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/choice.h"

struct AVCodecContext;
struct AVPacket;
struct vf_encoder;
struct vf_message;

/* Received frames that a codec may hold back; beyond it they are copied. */
#define VF_ENCODER_HOLDS 8

/* Opens the chosen encoder for frames like `first`, which come at the constant `rate`, or, where
 * that is 0/1, at any times. Chooses another one where hardware is only preferred, and does not
 * take them. */
VF_MUST_CHECK int vf_encoder_create(struct vf_encoder **encoder, struct vf_output_choice *choice,
                                    const struct vf_output_settings *settings,
                                    const struct vf_message *first, struct vf_rational rate,
                                    unsigned threads);
void vf_encoder_destroy(struct vf_encoder **encoder);

/* Hands over a frame, or, with NULL, says that there are no more. Then call vf_encoder_receive()
 * until it returns something else than VF_OK. With `is_key`, asks for a key frame that nothing
 * before it is needed for. *timestamp becomes that of the packet that the frame will be in. */
VF_MUST_CHECK int vf_encoder_send(struct vf_encoder *encoder, const struct vf_message *frame,
                                  bool is_key, int64_t *timestamp);

/* Lends the next packet until the next call. Returns -EAGAIN when it needs another frame first,
 * VF_END after the last packet. */
VF_MUST_CHECK int vf_encoder_receive(struct vf_encoder *encoder, const struct AVPacket **packet);

/* Lends the codec's parameters. */
const struct AVCodecContext *vf_encoder_context(const struct vf_encoder *encoder);

/* Returns the time base of the packets. */
AVRational vf_encoder_time_base(const struct vf_encoder *encoder);

/* Returns how many timestamps had to be moved because they did not rise. */
uint64_t vf_encoder_moved_count(const struct vf_encoder *encoder);

/* Return how many frames have been handed over, and how many packets have come of them. */
uint64_t vf_encoder_sent_count(const struct vf_encoder *encoder);
uint64_t vf_encoder_made_count(const struct vf_encoder *encoder);

#endif
