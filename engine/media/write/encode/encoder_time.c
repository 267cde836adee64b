/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_time.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "engine/base/log.h"
#include "engine/media/libav/compat.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container_traits.h"

#define MPEG4_MAX_TICKS 65535 /* a second, in ISO/IEC 14496-2 */

static const AVRational usual_rate = {25, 1};

static bool is_positive(AVRational number)
{
    return number.num > 0 && number.den > 0;
}

/* Containers without timestamps count frames: a tick must be one frame. */
static bool is_counting_frames(const AVOutputFormat *container)
{
    const struct vf_container_traits *traits = vf_container_traits(container);
    bool has_times = container->flags & (AVFMT_VARIABLE_FPS | AVFMT_NOTIMESTAMPS);
    return traits->counts_frames || !(has_times || traits->keeps_times);
}

/* The finest ticks in which the frame rate is still exact. */
static AVRational mpeg4_ticks(AVRational rate)
{
    int factor = rate.num > MPEG4_MAX_TICKS ? 1 : MPEG4_MAX_TICKS / rate.num;
    return (AVRational){rate.den, rate.num * factor};
}

static AVRational choose_time_base(const struct vf_output_choice *choice, AVRational input,
                                   AVRational rate)
{
    const AVCodec *codec = choice->encoder;
    if (codec->supported_framerates)
        rate =
            codec->supported_framerates[av_find_nearest_q_idx(rate, codec->supported_framerates)];
    if (codec->supported_framerates || is_counting_frames(choice->container))
        return av_inv_q(rate);
    if (codec->id == AV_CODEC_ID_MPEG4 && (input.den > MPEG4_MAX_TICKS || !is_positive(input)))
        return mpeg4_ticks(rate);
    return is_positive(input) ? input : av_inv_q(rate);
}

void vf_encoder_time_init(struct vf_encoder_time *time, const struct vf_output_choice *choice,
                          AVRational input_time_base, AVRational frame_rate)
{
    bool is_known = is_positive(frame_rate);
    *time = (struct vf_encoder_time){.frame_rate = is_known ? frame_rate : (AVRational){0, 1}};
    time->time_base = choose_time_base(choice, input_time_base, is_known ? frame_rate : usual_rate);
    if (choice->encoder->supported_framerates)
        time->frame_rate = av_inv_q(time->time_base);
}

AVRational vf_encoder_rate(const AVCodecContext *encoder)
{
    return encoder->framerate.num ? encoder->framerate : usual_rate;
}

static int64_t frame_ticks(const struct vf_encoder_time *time, const AVFrame *frame)
{
    int64_t duration = vf_compat_frame_duration(frame);
    if (duration > 0 && is_positive(frame->time_base))
        return av_rescale_q(duration, frame->time_base, time->time_base);
    if (is_positive(time->frame_rate))
        return av_rescale_q(1, av_inv_q(time->frame_rate), time->time_base);
    return 0;
}

void vf_encoder_time_stamp(struct vf_encoder_time *time, AVFrame *frame)
{
    bool is_timed = frame->pts != AV_NOPTS_VALUE && is_positive(frame->time_base);
    int64_t timestamp =
        is_timed ? av_rescale_q(frame->pts, frame->time_base, time->time_base) : time->next;
    int64_t duration = frame_ticks(time, frame);
    if (time->is_begun && timestamp <= time->last) {
        if (!time->moved++)
            vf_log(VF_LOG_WARNING, "timestamps do not rise at %.3f s: frames are moved",
                   (double)timestamp * av_q2d(time->time_base));
        timestamp = time->last + 1;
    }
    time->is_begun = true;
    time->last = timestamp;
    time->next = timestamp + (duration > 0 ? duration : 1);
    frame->pts = timestamp;
    frame->time_base = time->time_base;
    vf_compat_set_frame_duration(frame, duration);
    unsigned place = time->sent_count++ % VF_ENCODER_DELAY;
    time->sent[place].timestamp = timestamp;
    time->sent[place].duration = duration;
}

void vf_encoder_time_finish(const struct vf_encoder_time *time, AVPacket *packet)
{
    packet->time_base = time->time_base;
    unsigned count = time->sent_count < VF_ENCODER_DELAY ? time->sent_count : VF_ENCODER_DELAY;
    for (unsigned i = 0; i < count; i++) {
        if (time->sent[i].timestamp == packet->pts)
            packet->duration = time->sent[i].duration;
    }
}
