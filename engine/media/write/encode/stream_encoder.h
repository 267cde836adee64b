/* SPDX-License-Identifier: MIT */
/* stream_encoder.h - the frames of a stream in, its packets out, in the order in which they are decoded.
 *
 * One encoder does it, with as many threads as it likes; or, where the settings split the stream,
 * several do, each a group of pictures at a time (crew.h).
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_STREAM_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_STREAM_ENCODER_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/choice.h"

struct AVCodecContext;
struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_stream_encoder;

struct vf_stream_encoder_order {
    struct vf_node_run *run;
    struct vf_output_choice *choice; /* another encoder may be chosen, if hardware refuses */
    const struct vf_output_settings *settings;
    struct vf_rational rate; /* constant; 0/1: frames come at any times */
};

/* Returns how many received frames it keeps, with such settings. */
unsigned vf_stream_encoder_holds(const struct vf_output_settings *settings);

/* Gives a packet a decoding time that comes after the last one's: encoders that make one stream do not
 * know how far the one before them has come. *last is that of the last packet, at first
 * AV_NOPTS_VALUE. */
void vf_stream_encoder_follow(int64_t *last, struct AVPacket *packet);

/* Opens what is needed for frames like `first`. Borrows what the order names until the end. */
VF_MUST_CHECK int vf_stream_encoder_create(struct vf_stream_encoder **encoder,
                                           const struct vf_stream_encoder_order *order,
                                           const struct vf_message *first);
void vf_stream_encoder_destroy(struct vf_stream_encoder **encoder);

/* Hands over a frame, or, with NULL, says that there are no more. Then call
 * vf_stream_encoder_receive() until it returns something else than VF_OK. With `is_key`, asks for a
 * key frame that nothing before it is needed for. *timestamp becomes that of the packet that the
 * frame will be in. */
VF_MUST_CHECK int vf_stream_encoder_send(struct vf_stream_encoder *encoder,
                                         const struct vf_message *frame, bool is_key,
                                         int64_t *timestamp);

/* Lends the next packet until the next call. Returns -EAGAIN when there is none for now, VF_END after
 * the last. After the end of the frames, waits for it. */
VF_MUST_CHECK int vf_stream_encoder_receive(struct vf_stream_encoder *encoder,
                                            const struct AVPacket **packet);

/* Lends what the codec is: its name, its parameters and its header. */
const struct AVCodecContext *vf_stream_encoder_context(const struct vf_stream_encoder *encoder);

/* Returns the time base of the packets. */
AVRational vf_stream_encoder_time_base(const struct vf_stream_encoder *encoder);

/* Return how many timestamps had to be moved because they did not rise, how many frames have been
 * encoded, and how many packets have come of them. */
uint64_t vf_stream_encoder_moved_count(const struct vf_stream_encoder *encoder);
uint64_t vf_stream_encoder_sent_count(const struct vf_stream_encoder *encoder);
uint64_t vf_stream_encoder_made_count(const struct vf_stream_encoder *encoder);

#endif
