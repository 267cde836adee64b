/* SPDX-License-Identifier: MIT */
/* demuxer_times - where packets belong in time. */
#include <libavutil/mathematics.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/read/demuxer_inside.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/node/node.h"

#define LONGEST_US (INT64_MAX / 2 / 1000) /* 146 years; twice that in nanoseconds is no overflow */

/* Returns when the packet is decoded; where that is not known, when it is shown. INT64_MIN: it has
 * no timestamp. */
static int64_t time_of_packet(const AVPacket *packet, AVRational time_base)
{
    int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    return time == AV_NOPTS_VALUE ? INT64_MIN : av_rescale_q(time, time_base, AV_TIME_BASE_Q);
}

/* Returns how long the packet lasts, in microseconds; 0: it is not known. */
static int64_t duration_of_packet(const struct vf_demuxer *demuxer, const AVStream *stream)
{
    int64_t duration = demuxer->packet->duration;
    if (duration <= 0 && stream == demuxer->video)
        return vf_media_frame_us(stream);
    return av_rescale_q(duration, stream->time_base, AV_TIME_BASE_Q);
}

int64_t vf_demuxer_end_of_packet(const struct vf_demuxer *demuxer, const AVStream *stream)
{
    const AVPacket *packet = demuxer->packet;
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE)
        return INT64_MIN;
    return av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q) +
           duration_of_packet(demuxer, stream);
}

void vf_demuxer_shift(AVPacket *packet, int64_t ticks)
{
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts += ticks;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts += ticks;
}

static void forget_if_senseless(int64_t *time, AVRational time_base)
{
    bool is_sensible = av_compare_ts(*time, time_base, LONGEST_US, AV_TIME_BASE_Q) <= 0 &&
                       av_compare_ts(*time, time_base, -LONGEST_US, AV_TIME_BASE_Q) >= 0;
    if (!is_sensible)
        *time = AV_NOPTS_VALUE;
}

void vf_demuxer_forget_senseless_times(AVPacket *packet, AVRational time_base)
{
    forget_if_senseless(&packet->pts, time_base);
    forget_if_senseless(&packet->dts, time_base);
}

/* Returns so many frames in units of the stream, never more than they last. */
static int64_t frames_to_ticks(const AVStream *stream, int64_t frames)
{
    AVRational rate = stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        return av_rescale_q_rnd(frames * vf_media_frame_us(stream), AV_TIME_BASE_Q,
                                stream->time_base, AV_ROUND_DOWN);
    return av_rescale_q_rnd(frames, av_inv_q(rate), stream->time_base, AV_ROUND_DOWN);
}

void vf_demuxer_set_decoding_time(struct vf_demuxer *demuxer, const AVStream *stream)
{
    struct undated *undated = &demuxer->undated;
    AVPacket *packet = demuxer->packet;
    if (packet->dts != AV_NOPTS_VALUE) {
        *undated = (struct undated){.begin = packet->dts, .count = 1};
        return;
    }
    if (undated->begin == AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE)
        *undated = (struct undated){packet->pts, -stream->codecpar->video_delay};
    /* A raw stream has no times at all. */
    if (undated->begin == AV_NOPTS_VALUE)
        *undated = (struct undated){0, -stream->codecpar->video_delay};
    packet->dts = undated->begin + frames_to_ticks(stream, undated->count++);
    if (packet->pts == AV_NOPTS_VALUE && !stream->codecpar->video_delay)
        packet->pts = packet->dts;
    if (packet->pts != AV_NOPTS_VALUE && packet->dts > packet->pts)
        packet->dts = packet->pts;
}

/* Says once that the times of the source jump: `step_us` after what came before. */
static void tell_jump(const struct vf_demuxer *demuxer, int64_t step_us)
{
    if (demuxer->run->is_repeating)
        return;
    int64_t at_us = demuxer->read_end_us - demuxer->origin_us;
    enum vf_log_level level = demuxer->timeline.jumps == 1 ? VF_LOG_WARNING : VF_LOG_INFO;
    vf_log(level, "%s: its time jumps by %+.3f s at %.3f s; what follows goes on at once",
           demuxer->connection.path, vf_demuxer_seconds(step_us), vf_demuxer_seconds(at_us));
}

void vf_demuxer_place_packet(struct vf_demuxer *demuxer, const AVStream *stream,
                             enum vf_stream kind)
{
    struct vf_timeline *timeline = &demuxer->timeline;
    AVPacket *packet = demuxer->packet;
    unsigned jumps = timeline->jumps;
    int64_t time = time_of_packet(packet, stream->time_base);
    int64_t before_us = vf_timeline_offset(timeline, kind);
    int64_t offset_us = before_us;
    /* What an edit list cuts off lies before where the next part begins. */
    if (time != INT64_MIN && !vf_media_packet_is_only_decoded(packet))
        offset_us = vf_timeline_place(timeline, kind, time, duration_of_packet(demuxer, stream));
    demuxer->is_first_of_part = offset_us != before_us || demuxer->has_followed[kind];
    demuxer->has_followed[kind] = false;
    if (timeline->jumps != jumps)
        tell_jump(demuxer, before_us - offset_us);
    vf_demuxer_shift(packet, av_rescale_q(offset_us, AV_TIME_BASE_Q, stream->time_base));
    int64_t end_us = vf_demuxer_end_of_packet(demuxer, stream);
    bool is_sparse = vf_stream_base(kind) == VF_STREAM_SUBTITLES;
    if (!is_sparse && end_us > demuxer->read_end_us)
        demuxer->read_end_us = end_us;
}
