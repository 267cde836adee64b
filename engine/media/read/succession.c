/* SPDX-License-Identifier: MIT */
#include "engine/media/read/succession.h"

#include <libavcodec/packet.h>
#include <libavformat/avformat.h>

#include "engine/media/read/open/stream_choice.h"

#define PATIENCE_US 1000000
#define MOST_PACKETS 1000 /* of a second */
#define LAST_PACKETS 10   /* more than streams that end together are apart */

static enum vf_stream kind_of(const AVStream *stream)
{
    switch (stream->codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
        return VF_STREAM_VIDEO;
    case AVMEDIA_TYPE_AUDIO:
        return VF_STREAM_AUDIO;
    default:
        return VF_STREAM_COUNT; /* subtitles may be silent for longer */
    }
}

static uint64_t bit_of(const AVStream *stream)
{
    return stream->index < 64 ? UINT64_C(1) << stream->index : 0;
}

static bool has_seen(const struct vf_succession *succession, const AVStream *stream)
{
    uint64_t bit = bit_of(stream);
    return bit ? succession->seen & bit : (unsigned)stream->index < succession->count;
}

void vf_succession_begin(struct vf_succession *succession, const AVFormatContext *format)
{
    succession->count = format->nb_streams;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (vf_stream_is_known(format->streams[i]))
            succession->seen |= bit_of(format->streams[i]);
    }
}

static bool may_follow(const struct vf_succession *succession, const struct vf_rival *rival,
                       const AVFormatContext *format, const AVStream *current,
                       const AVStream *stream)
{
    bool is_new = !has_seen(succession, stream) || stream == rival->former;
    bool is_alone = !rival->stream || rival->stream == stream;
    is_new = is_new && vf_stream_is_beside(format, current, stream);
    return is_alone && (is_new || vf_stream_is_later(format, current, stream));
}

static int64_t time_of(const AVPacket *packet, const AVStream *stream)
{
    int64_t time = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    return time == AV_NOPTS_VALUE ? INT64_MIN
                                  : av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q);
}

static void forget(struct vf_rival *rival)
{
    rival->stream = NULL;
    vf_packet_queue_clear(&rival->packets);
}

/* Keeps a packet. Returns VF_OK with *is_long whether the stream has been there for long enough. */
static int keep(struct vf_rival *rival, const AVStream *stream, const AVPacket *packet,
                bool *is_long)
{
    int64_t time_us = time_of(packet, stream);
    if (!rival->stream || rival->packets.count >= MOST_PACKETS) {
        forget(rival);
        rival->begin_us = time_us;
    }
    rival->stream = stream;
    if (rival->begin_us == INT64_MIN)
        rival->begin_us = time_us;
    *is_long = time_us != INT64_MIN && time_us - rival->begin_us >= PATIENCE_US;
    return vf_packet_queue_push(&rival->packets, packet);
}

static void accept(struct vf_rival *rival, const AVStream *former)
{
    rival->former = former;
    rival->stream = NULL;
    rival->is_followed = true;
}

int vf_succession_take(struct vf_succession *succession, const AVFormatContext *format,
                       AVStream *const *current, const AVPacket *packet, enum vf_stream *kind)
{
    const AVStream *stream = format->streams[packet->stream_index];
    enum vf_stream of = kind_of(stream);
    *kind = VF_STREAM_COUNT;
    if (of == VF_STREAM_COUNT || !current[of])
        return VF_OK;
    struct vf_rival *rival = &succession->rivals[of];
    if (!may_follow(succession, rival, format, current[of], stream))
        return VF_OK;
    bool is_long = false;
    int err = keep(rival, stream, packet, &is_long);
    if (err || !(is_long || vf_stream_has_replaced(format, current[of], stream)))
        return err;
    accept(rival, current[of]);
    *kind = of;
    return VF_OK;
}

enum vf_stream vf_succession_end(struct vf_succession *succession, AVStream *const *current,
                                 const AVStream **stream)
{
    for (enum vf_stream kind = 0; kind < VF_STREAM_CHOICES; kind++) {
        struct vf_rival *rival = &succession->rivals[kind];
        if (!rival->stream || rival->packets.count < LAST_PACKETS)
            continue;
        *stream = rival->stream;
        accept(rival, current[kind]);
        return kind;
    }
    return VF_STREAM_COUNT;
}

void vf_succession_goes_on(struct vf_succession *succession, enum vf_stream kind)
{
    if (kind < VF_STREAM_CHOICES && !succession->rivals[kind].is_followed)
        forget(&succession->rivals[kind]);
}

bool vf_succession_pop(struct vf_succession *succession, AVPacket *packet)
{
    for (unsigned kind = 0; kind < VF_STREAM_CHOICES; kind++) {
        struct vf_rival *rival = &succession->rivals[kind];
        AVPacket *kept = rival->is_followed ? vf_packet_queue_pop(&rival->packets) : NULL;
        rival->is_followed = kept != NULL;
        if (!kept)
            continue;
        av_packet_unref(packet);
        av_packet_move_ref(packet, kept);
        av_packet_free(&kept);
        return true;
    }
    return false;
}

void vf_succession_clear(struct vf_succession *succession)
{
    for (unsigned kind = 0; kind < VF_STREAM_CHOICES; kind++) {
        forget(&succession->rivals[kind]);
        succession->rivals[kind].is_followed = false;
    }
}
