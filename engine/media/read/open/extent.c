/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/extent.h"

#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdbool.h>

int64_t vf_media_begin_us(const AVFormatContext *format)
{
    return format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
}

/* Returns whether the duration in the header is when the file ends, wherever it begins. So libav
 * writes these; some others write the length. Where the two differ, the smaller is believed: no
 * whole file is called truncated for it. */
static bool is_duration_the_end(const AVFormatContext *format)
{
    const char *name = format->iformat->name;
    return (av_match_name("matroska", name) || av_match_name("asf", name)) &&
           format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM &&
           format->duration != AV_NOPTS_VALUE && format->duration > vf_media_begin_us(format);
}

int64_t vf_media_expected_end_us(const AVFormatContext *format, const AVStream *video)
{
    if (is_duration_the_end(format))
        return format->duration;
    if (video->duration != AV_NOPTS_VALUE && video->start_time != AV_NOPTS_VALUE &&
        format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
        return av_rescale_q(video->start_time + video->duration, video->time_base, AV_TIME_BASE_Q);
    if (format->duration != AV_NOPTS_VALUE &&
        format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM)
        return vf_media_begin_us(format) + format->duration;
    return INT64_MIN;
}

int64_t vf_media_length_us(const AVFormatContext *format, const AVStream *video)
{
    int64_t end_us = vf_media_expected_end_us(format, video);
    int64_t length_us = end_us == INT64_MIN ? 0 : end_us - vf_media_begin_us(format);
    return length_us > 0 ? length_us : 0;
}

uint64_t vf_media_frame_count(const AVFormatContext *format, const AVStream *video,
                              int64_t start_us, int64_t duration_us)
{
    bool is_whole = start_us == 0 && duration_us == INT64_MAX;
    if (is_whole && video->nb_frames > 0)
        return (uint64_t)video->nb_frames;
    int64_t length_us = vf_media_length_us(format, video) - start_us;
    if (length_us > duration_us)
        length_us = duration_us;
    AVRational rate = video->avg_frame_rate;
    if (length_us <= 0 || rate.num <= 0 || rate.den <= 0)
        return 0;
    return (uint64_t)av_rescale_q(length_us, AV_TIME_BASE_Q, av_inv_q(rate));
}

int64_t vf_media_frame_us(const AVStream *video)
{
    AVRational rate = video->avg_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_rescale(AV_TIME_BASE, rate.den, rate.num) : 0;
}
