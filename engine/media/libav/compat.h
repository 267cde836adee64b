/* SPDX-License-Identifier: MIT */
/* compat.h - what FFmpeg 5.1 and its successors name differently. */
#ifndef VF_ENGINE_MEDIA_LIBAV_COMPAT_H
#define VF_ENGINE_MEDIA_LIBAV_COMPAT_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavformat/version.h>
#include <libavutil/frame.h>
#include <libavutil/version.h>
#include <stdbool.h>
#include <stdint.h>

#define VF_FRAME_HAS_FLAGS (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100))

/* Filters that change the rate of frames set their duration, too. */
#define VF_FILTERS_KEEP_DURATION (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 29, 100))

/* What a function that writes a file is given, and such a function. */
#if LIBAVFORMAT_VERSION_MAJOR >= 61
typedef const uint8_t vf_compat_written;
#else
typedef uint8_t vf_compat_written;
#endif
typedef int vf_compat_write(void *opaque, vf_compat_written *bytes, int size);

static inline int64_t vf_compat_frame_duration(const AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

static inline void vf_compat_set_frame_duration(AVFrame *frame, int64_t duration)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

/* Tells an encoder that is not open yet how many ticks a frame lasts, where that can be told: nvenc
 * reckons with it. */
static inline void vf_compat_set_frame_ticks(AVCodecContext *encoder, int64_t ticks)
{
#if LIBAVCODEC_VERSION_MAJOR < 62
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    encoder->ticks_per_frame = ticks > 0 && ticks <= INT32_MAX ? (int)ticks : 1;
#pragma GCC diagnostic pop
#else
    (void)encoder;
    (void)ticks;
#endif
}

#if VF_FRAME_HAS_FLAGS
static inline bool vf_compat_is_key(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_KEY;
}

static inline bool vf_compat_is_interlaced(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_INTERLACED;
}

static inline bool vf_compat_is_top_field_first(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST;
}

static inline void vf_compat_set_picture_flags(AVFrame *frame, bool is_key, bool is_interlaced,
                                               bool is_top_field_first)
{
    frame->flags = (is_key ? AV_FRAME_FLAG_KEY : 0) |
                   (is_interlaced ? AV_FRAME_FLAG_INTERLACED : 0) |
                   (is_top_field_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
}
#else
static inline bool vf_compat_is_key(const AVFrame *frame)
{
    return frame->key_frame;
}

static inline bool vf_compat_is_interlaced(const AVFrame *frame)
{
    return frame->interlaced_frame;
}

static inline bool vf_compat_is_top_field_first(const AVFrame *frame)
{
    return frame->top_field_first;
}

static inline void vf_compat_set_picture_flags(AVFrame *frame, bool is_key, bool is_interlaced,
                                               bool is_top_field_first)
{
    frame->key_frame = is_key;
    frame->interlaced_frame = is_interlaced;
    frame->top_field_first = is_top_field_first;
}
#endif

/* The side data of a stream. */
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
static inline const AVPacketSideData *vf_compat_stream_side_data(const AVStream *stream)
{
    return stream->codecpar->coded_side_data;
}

static inline int vf_compat_stream_side_data_count(const AVStream *stream)
{
    return stream->codecpar->nb_coded_side_data;
}

static inline uint8_t *vf_compat_new_stream_side_data(AVStream *stream,
                                                      enum AVPacketSideDataType type, size_t size)
{
    AVPacketSideData *side = av_packet_side_data_new(
        &stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data, type, size, 0);
    return side ? side->data : NULL;
}
#else
static inline const AVPacketSideData *vf_compat_stream_side_data(const AVStream *stream)
{
    return stream->side_data;
}

static inline int vf_compat_stream_side_data_count(const AVStream *stream)
{
    return stream->nb_side_data;
}

static inline uint8_t *vf_compat_new_stream_side_data(AVStream *stream,
                                                      enum AVPacketSideDataType type, size_t size)
{
    return av_stream_new_side_data(stream, type, size);
}
#endif

#endif
