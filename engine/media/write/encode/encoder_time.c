/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_time.h"

#include <libavcodec/avcodec.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/libav/compat.h"
#include "engine/media/write/encode/constant_rate.h"

#define MPEG4_MAX_TICKS 65535 /* a second, in ISO/IEC 14496-2 */

/* Farther than this is no hole in the frames, but another time: as in read/timeline.h. */
#define FAR_ON_S 108000
#define FAR_BACK_S 1
#define FINEST_CLOCK 10000000         /* ticks a second */
#define MAX_TIMESTAMP (INT64_MAX / 4) /* more is nonsense, and sums would overflow */

static const AVRational usual_rate = {25, 1};

/* Ticks a second. The usual one holds all usual rates and the times of most containers; the next
 * films of 23.976 frames a second. QuickTime wants no more than 100000. */
static const int clocks[] = {90000, 96000, 120000};

static bool is_positive(AVRational number)
{
    return number.num > 0 && number.den > 0;
}

/* Returns whether so many ticks a second make a whole number in that time. */
static bool is_whole(int clock, AVRational time)
{
    return (int64_t)clock * time.num % time.den == 0;
}

static int find_clock(AVRational frame, AVRational tick)
{
    for (size_t i = 0; i < VF_COUNT(clocks); i++) {
        if (is_whole(clocks[i], frame) && is_whole(clocks[i], tick))
            return clocks[i];
    }
    return 0;
}

static AVRational choose_ticks(AVRational frame, AVRational tick)
{
    int clock = is_positive(tick) ? find_clock(frame, tick) : 0;
    if (!clock)
        clock = find_clock(frame, frame);
    if (clock)
        return (AVRational){1, clock};
    int factor = (clocks[0] - 1) / frame.den + 1;
    return frame.den <= FINEST_CLOCK / factor ? (AVRational){1, frame.den * factor}
                                              : (AVRational){1, clocks[0]};
}

/* Encoders that give each tick, not each second, so many bits; and those that write their ticks
 * down as the frame rate. */
static bool is_counting_ticks(enum AVCodecID codec)
{
    static const enum AVCodecID known[] = {
        AV_CODEC_ID_DIRAC, AV_CODEC_ID_FLV1,       AV_CODEC_ID_H261,       AV_CODEC_ID_H263,
        AV_CODEC_ID_H263P, AV_CODEC_ID_MJPEG,      AV_CODEC_ID_MPEG4,      AV_CODEC_ID_MSMPEG4V2,
        AV_CODEC_ID_RV10,  AV_CODEC_ID_MSMPEG4V3,  AV_CODEC_ID_RV20,       AV_CODEC_ID_SNOW,
        AV_CODEC_ID_AMV,   AV_CODEC_ID_SPEEDHQ,    AV_CODEC_ID_THEORA,     AV_CODEC_ID_WMV1,
        AV_CODEC_ID_WMV2,  AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO,
    };
    for (size_t i = 0; i < VF_COUNT(known); i++) {
        if (known[i] == codec)
            return true;
    }
    return false;
}

void vf_encoder_time_init(struct vf_encoder_time *time, const AVCodec *codec,
                          struct vf_rational constant_rate, const struct vf_description *first)
{
    bool is_constant = constant_rate.num > 0 && constant_rate.den > 0;
    struct vf_rational rate = is_constant ? constant_rate : vf_nominal_rate(first);
    AVRational given = {rate.num, rate.den};
    bool is_known = is_positive(given);
    AVRational frame = av_inv_q(is_known ? given : usual_rate);
    AVRational tick = {first->time_base.num, first->time_base.den};
    *time = (struct vf_encoder_time){
        .time_base = is_constant ? frame : choose_ticks(frame, tick),
        .frame_rate = is_known ? given : (AVRational){0, 1},
        .is_numbering = is_counting_ticks(codec->id),
    };
    time->codec_base = time->is_numbering ? frame : time->time_base;
    if (codec->id == AV_CODEC_ID_MPEG4)
        av_reduce(&time->codec_base.num, &time->codec_base.den, frame.num, frame.den,
                  MPEG4_MAX_TICKS);
}

void vf_encoder_time_describe(const struct vf_encoder_time *time, AVCodecContext *encoder)
{
    encoder->time_base = time->codec_base;
    encoder->framerate = time->frame_rate;
    if (!time->is_numbering && is_positive(time->frame_rate))
        vf_compat_set_frame_ticks(encoder,
                                  av_rescale_q(1, av_inv_q(time->frame_rate), time->codec_base));
}

AVRational vf_encoder_rate(const AVCodecContext *encoder)
{
    return encoder->framerate.num ? encoder->framerate : usual_rate;
}

static int64_t frame_ticks(const struct vf_encoder_time *time, const AVFrame *frame)
{
    int64_t duration = vf_compat_frame_duration(frame);
    if (duration > 0 && is_positive(frame->time_base))
        duration = av_rescale_q(duration, frame->time_base, time->time_base);
    else if (is_positive(time->frame_rate))
        duration = av_rescale_q(1, av_inv_q(time->frame_rate), time->time_base);
    return duration > 0 && duration < MAX_TIMESTAMP ? duration : 0;
}

static double seconds(const struct vf_encoder_time *time, int64_t ticks)
{
    return (double)ticks * av_q2d(time->time_base);
}

/* Returns the time that a frame brings; where it brings none, the end of the one before it. */
static int64_t time_of(const struct vf_encoder_time *time, const AVFrame *frame)
{
    if (frame->pts == AV_NOPTS_VALUE || !is_positive(frame->time_base))
        return time->next;
    int64_t timestamp = av_rescale_q(frame->pts, frame->time_base, time->time_base);
    bool is_sensible = timestamp > -MAX_TIMESTAMP && timestamp < MAX_TIMESTAMP;
    return is_sensible ? timestamp + time->shift : time->next;
}

static int64_t follow_jump(struct vf_encoder_time *time, int64_t timestamp)
{
    double distance = seconds(time, timestamp - time->last);
    if (!time->is_begun || (distance >= -FAR_BACK_S && distance <= FAR_ON_S))
        return timestamp;
    if (!time->has_jumped)
        vf_log(VF_LOG_WARNING,
               "timestamps jump by %.3f s at %.3f s: what follows is written without a gap",
               seconds(time, timestamp - time->next), seconds(time, time->next));
    time->has_jumped = true;
    time->shift += time->next - timestamp;
    return time->next;
}

/* Containers may have ticks of a millisecond: what is moved by less stays equal there. */
static int64_t make_rise(struct vf_encoder_time *time, int64_t timestamp)
{
    if (!time->is_begun || timestamp > time->last)
        return timestamp;
    if (!time->moved++)
        vf_log(VF_LOG_WARNING, "timestamps do not rise at %.3f s: frames are moved",
               seconds(time, timestamp));
    int64_t step = av_rescale_q(1, (AVRational){1, 1000}, time->time_base);
    return time->last + (step > 1 ? step : 1);
}

int64_t vf_encoder_time_order(struct vf_encoder_time *time, AVFrame *frame)
{
    int64_t timestamp = make_rise(time, follow_jump(time, time_of(time, frame)));
    int64_t duration = frame_ticks(time, frame);
    time->is_begun = true;
    time->last = timestamp;
    time->next = timestamp + (duration > 0 ? duration : 1);
    frame->pts = timestamp;
    frame->time_base = time->time_base;
    vf_compat_set_frame_duration(frame, duration);
    return timestamp;
}

void vf_encoder_time_note(struct vf_encoder_time *time, AVFrame *frame)
{
    unsigned place = time->sent_count % VF_ENCODER_DELAY;
    if (!time->sent_count)
        time->first = frame->pts;
    time->sent[place].timestamp = frame->pts;
    time->sent[place].duration = vf_compat_frame_duration(frame);
    frame->time_base = time->codec_base;
    if (time->is_numbering) {
        frame->pts = (int64_t)time->sent_count;
        vf_compat_set_frame_duration(frame, 1);
    }
    time->sent_count++;
}

/* Returns when the frame with a number is shown. What is decoded ahead of the first was never sent:
 * it is as far before it as frames of the usual length would be. */
static int64_t time_of_number(const struct vf_encoder_time *time, int64_t number)
{
    if (number >= 0)
        return time->sent[number % VF_ENCODER_DELAY].timestamp;
    AVRational frame =
        is_positive(time->frame_rate) ? av_inv_q(time->frame_rate) : av_inv_q(usual_rate);
    return time->first + av_rescale_q(number, frame, time->time_base);
}

static void number_back(const struct vf_encoder_time *time, AVPacket *packet)
{
    if (packet->pts != AV_NOPTS_VALUE) {
        packet->duration = time->sent[packet->pts % VF_ENCODER_DELAY].duration;
        packet->pts = time_of_number(time, packet->pts);
    }
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts = time_of_number(time, packet->dts);
}

void vf_encoder_time_finish(const struct vf_encoder_time *time, AVPacket *packet)
{
    packet->time_base = time->time_base;
    if (time->is_numbering) {
        number_back(time, packet);
        return;
    }
    uint64_t count = time->sent_count < VF_ENCODER_DELAY ? time->sent_count : VF_ENCODER_DELAY;
    for (unsigned i = 0; i < count; i++) {
        if (time->sent[i].timestamp == packet->pts)
            packet->duration = time->sent[i].duration;
    }
}
