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
struct AVFrame;
struct AVPacket;
struct vf_encoder;
struct vf_message;

/* Received frames that a codec may hold back; beyond it they are copied. */
#define VF_ENCODER_HOLDS 8
#define VF_ENCODER_PART_HOLDS 2 /* of one that encodes a part: there are several of them */

/* What an encoder is opened for that makes a part of a stream, by itself and with one thread; other
 * encoders make the other parts. */
struct vf_encoder_part {
    struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    const struct vf_message *first; /* frame of the stream, which says what all of it is */
    struct vf_rational rate;        /* as of vf_encoder_create() */
    const struct vf_encoder *model; /* of all parts; NULL: this is the first encoder of any */
    uint64_t before;                /* frames of the parts before this one */
};

/* Opens the chosen encoder for frames like `first`, which come at the constant `rate`, or, where
 * that is 0/1, at any times. Chooses another one where hardware is only preferred, and does not
 * take them. */
VF_MUST_CHECK int vf_encoder_create(struct vf_encoder **encoder, struct vf_output_choice *choice,
                                    const struct vf_output_settings *settings,
                                    const struct vf_message *first, struct vf_rational rate,
                                    unsigned threads);
void vf_encoder_destroy(struct vf_encoder **encoder);

/* Opens an encoder for a part of a stream. In any thread, but one at a time. */
VF_MUST_CHECK int vf_encoder_create_part(struct vf_encoder **encoder,
                                         const struct vf_encoder_part *part);

/* Makes what orders the frames of all parts, and says what they are, from the first of their encoders,
 * to which nothing has been handed over. It encodes nothing itself: only vf_encoder_intake(),
 * vf_encoder_context(), vf_encoder_time_base() and vf_encoder_moved_count() are for it. */
VF_MUST_CHECK int vf_encoder_model(struct vf_encoder **model, const struct vf_encoder *encoder,
                                   const struct vf_encoder_part *part);

/* Hands over a frame, or, with NULL, says that there are no more. Then call vf_encoder_receive()
 * until it returns something else than VF_OK. With `is_key`, asks for a key frame that nothing
 * before it is needed for. *timestamp becomes that of the packet that the frame will be in. */
VF_MUST_CHECK int vf_encoder_send(struct vf_encoder *encoder, const struct vf_message *frame,
                                  bool is_key, int64_t *timestamp);

/* The two halves of that. The first makes a frame of a message, the caller's, with the timestamp of its
 * packet; the second, which may be of another encoder of the same stream, frees it. NULL says that there are no more. */
VF_MUST_CHECK int vf_encoder_intake(struct vf_encoder *encoder, const struct vf_message *message,
                                    struct AVFrame **frame, int64_t *timestamp);
VF_MUST_CHECK int vf_encoder_submit(struct vf_encoder *encoder, struct AVFrame **frame,
                                    bool is_key);

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
