/* SPDX-License-Identifier: MIT */
/* encoder_time.h - the timestamps of frames on their way through an encoder.
 *
 * Frames that come at a constant rate are counted. Else ticks are so fine that the frames of all
 * usual rates last a whole number of them, since what follows may have another rate than what comes
 * first. Some encoders share out their bits by ticks: they get running numbers, and their packets
 * get the times of the frames.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_TIME_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_TIME_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/message/message.h"

struct AVCodec;
struct AVCodecContext;
struct AVFrame;
struct AVPacket;

#define VF_ENCODER_DELAY 512 /* frames; more than any encoder holds back */

struct vf_encoder_time {
    AVRational time_base;  /* of the packets */
    AVRational codec_base; /* of what the codec is told */
    AVRational frame_rate; /* 0/1: unknown */
    bool is_numbering;     /* the codec is told running numbers */
    /* Private: */
    int64_t last, next; /* timestamps, in `time_base` */
    int64_t first;
    int64_t shift; /* is added, since time has jumped */
    bool is_begun, has_jumped;
    uint64_t moved;
    struct {
        int64_t timestamp, duration;
    } sent[VF_ENCODER_DELAY]; /* a ring: codecs do not hand durations through */
    uint64_t sent_count;
};

/* Chooses the time bases for a codec, from the first frame, and the constant rate that frames come
 * at; 0/1: they come at any times. */
void vf_encoder_time_init(struct vf_encoder_time *time, const struct AVCodec *codec,
                          struct vf_rational constant_rate, const struct vf_description *first);

/* Tells the codec, which is not open yet, of its time base and frame rate. */
void vf_encoder_time_describe(const struct vf_encoder_time *time, struct AVCodecContext *encoder);

/* Returns the frame rate that an encoder was given; 25 where none is known. */
AVRational vf_encoder_rate(const struct AVCodecContext *encoder);

/* Gives the frame the timestamp of its packet, in `time_base`, and returns it. It rises: what does not
 * is moved, and what jumps back by more than a second, or on by more than 30 hours, follows at once,
 * with all that comes after it. */
int64_t vf_encoder_time_order(struct vf_encoder_time *time, struct AVFrame *frame);

/* Gives such a frame, which the codec gets next, what the codec is told of its time. One `time` may
 * order the frames of which others note each a part. */
void vf_encoder_time_note(struct vf_encoder_time *time, struct AVFrame *frame);

/* Gives a packet the times and the duration of its frame, and its time base. */
void vf_encoder_time_finish(const struct vf_encoder_time *time, struct AVPacket *packet);

#endif
