/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/extent.h"

#include <inttypes.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdbool.h>
#include <stdio.h>

#include "engine/media/read/open/stream_choice.h"

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

/* Returns when a stream ends, by the tag that muxers of Matroska give it; INT64_MIN: it has none. */
static int64_t tagged_end_us(const AVStream *stream)
{
    const AVDictionaryEntry *tag =
        av_dict_get(stream->metadata, "DURATION", NULL, AV_DICT_IGNORE_SUFFIX);
    int64_t hours;
    unsigned minutes;
    double seconds;
    if (!tag || sscanf(tag->value, "%" SCNd64 ":%2u:%lf", &hours, &minutes, &seconds) != 3 ||
        hours < 0 || hours > 1000000 || !(seconds >= 0 && seconds < 60))
        return INT64_MIN;
    return (hours * 60 + minutes) * 60 * AV_TIME_BASE + (int64_t)(seconds * AV_TIME_BASE);
}

/* Returns when picture and sound end, by their tags: subtitles may outlast them, and the header
 * counts those, too. INT64_MIN: not all have one. */
static int64_t tagged_end_of_all_us(const AVFormatContext *format)
{
    int64_t last_us = INT64_MIN;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        enum AVMediaType type = stream->codecpar->codec_type;
        bool is_picture = stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
        if ((type != AVMEDIA_TYPE_VIDEO && type != AVMEDIA_TYPE_AUDIO) || is_picture)
            continue;
        int64_t end_us = tagged_end_us(stream);
        if (end_us == INT64_MIN)
            return INT64_MIN;
        last_us = end_us > last_us ? end_us : last_us;
    }
    return last_us;
}

static int64_t header_end_us(const AVFormatContext *format)
{
    int64_t tagged_us = tagged_end_of_all_us(format);
    return tagged_us > 0 && tagged_us < format->duration ? tagged_us : format->duration;
}

bool vf_media_may_end_with_subtitle(const AVFormatContext *format)
{
    return is_duration_the_end(format) && header_end_us(format) == format->duration;
}

/* Returns whether the video goes on as another stream; *is_known: that has been seen. */
static bool goes_on(const AVFormatContext *format, const AVStream *video, bool *is_known)
{
    bool does = false;
    *is_known = true;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (!vf_stream_is_later(format, video, format->streams[i]))
            continue;
        does = true;
        *is_known = *is_known && vf_stream_is_known(format->streams[i]);
    }
    return does;
}

int64_t vf_media_expected_end_us(const AVFormatContext *format, const AVStream *video)
{
    bool is_known;
    if (goes_on(format, video, &is_known))
        return is_known && format->duration != AV_NOPTS_VALUE
                   ? vf_media_begin_us(format) + format->duration
                   : INT64_MIN;
    if (is_duration_the_end(format))
        return header_end_us(format);
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
