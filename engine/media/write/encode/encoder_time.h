/* SPDX-License-Identifier: MIT */
/* encoder_time.h - the timestamps of frames on their way through an encoder. */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_TIME_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_TIME_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

struct AVCodecContext;
struct AVFrame;
struct AVPacket;
struct vf_output_choice;

#define VF_ENCODER_DELAY 512 /* frames; more than any encoder holds back */

struct vf_encoder_time {
    AVRational time_base;  /* of the encoder */
    AVRational frame_rate; /* 0/1: unknown */
    int64_t last, next;    /* timestamps, in `time_base` */
    bool is_begun;
    uint64_t moved;
    struct {
        int64_t timestamp, duration;
    } sent[VF_ENCODER_DELAY]; /* a ring: codecs do not hand durations through */
    unsigned sent_count;
};

/* Chooses a time base that the codec and the container can keep to: where both can, that of the
 * input, so that nothing is rounded. */
void vf_encoder_time_init(struct vf_encoder_time *time, const struct vf_output_choice *choice,
                          AVRational input_time_base, AVRational frame_rate);

/* Returns the frame rate that an encoder was given; 25 where none is known. */
AVRational vf_encoder_rate(const struct AVCodecContext *encoder);

/* Brings the frame's timestamp into the encoder's time base, and makes it rise. */
void vf_encoder_time_stamp(struct vf_encoder_time *time, struct AVFrame *frame);

/* Gives a packet the duration of its frame, and its time base. */
void vf_encoder_time_finish(const struct vf_encoder_time *time, struct AVPacket *packet);

#endif
