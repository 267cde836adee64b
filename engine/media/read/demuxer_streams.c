/* SPDX-License-Identifier: MIT */
/* demuxer_streams - which streams of a source are read, and which take their place in the middle. */
#include <errno.h>
#include <libavutil/avstring.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/codec/picture_order.h"
#include "engine/media/read/demuxer_inside.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/node/node.h"

static int64_t index_entries(const struct vf_demuxer *demuxer)
{
    /* Of other containers the index is a sample, or grows while reading. */
    bool is_whole = av_match_name("mp4", demuxer->connection.format->iformat->name);
    return is_whole ? avformat_index_get_entries_count(demuxer->video) : 0;
}

static int refuse_streams(const struct vf_demuxer *demuxer,
                          const struct vf_media_settings *settings, enum vf_stream kind)
{
    const struct vf_connection *connection = &demuxer->connection;
    struct vf_text text = {0};
    if (vf_stream_is_any(settings, kind))
        vf_text_print(&text, "no %s stream", vf_stream_name(kind));
    else
        vf_stream_explain(settings, connection->format, kind, &text);
    vf_connection_complain(connection, "%s has %s", connection->path, text.bytes ? text.bytes : "");
    vf_text_finish(&text);
    return -ENODATA;
}

bool vf_demuxer_may_be_last(const struct vf_demuxer *demuxer, const AVStream *stream)
{
    enum AVMediaType type = stream->codecpar->codec_type;
    if (type == AVMEDIA_TYPE_SUBTITLE)
        return vf_media_may_end_with_subtitle(demuxer->connection.format);
    return type == AVMEDIA_TYPE_AUDIO || stream == demuxer->video;
}

/* Returns whether a stream is the one that was chosen, or may follow it. */
static bool is_read(const AVFormatContext *format, const AVStream *chosen, const AVStream *stream)
{
    return chosen && (chosen == stream || vf_stream_is_later(format, chosen, stream));
}

/* Has nothing else read than what is needed. */
static void discard_others(struct vf_demuxer *demuxer)
{
    const AVFormatContext *format = demuxer->connection.format;
    /* Without a length of its own the video's end shows only beside the other streams' ends. */
    bool needs_all = demuxer->video->duration == AV_NOPTS_VALUE;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        bool is_wanted = needs_all && vf_demuxer_may_be_last(demuxer, stream);
        for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
            is_wanted = is_wanted || is_read(format, demuxer->streams[kind], stream);
        if (!is_wanted)
            stream->discard = AVDISCARD_ALL;
    }
}

/* Returns whether there must be pictures: somebody wants them, or nothing else. */
static bool needs_pictures(const bool *wants)
{
    bool wants_others = false;
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS; kind++)
        wants_others = wants_others || wants[kind];
    return wants[VF_STREAM_VIDEO] || wants[VF_STREAM_PACKETS] || !wants_others;
}

/* Has the first stream that is wanted lead where there are no pictures. Returns -ENODATA, after it
 * has logged so, where there is none. */
static int choose_lead(struct vf_demuxer *demuxer, const struct vf_media_settings *settings,
                       const bool *wants)
{
    unsigned missing = VF_STREAM_VIDEO;
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS && !demuxer->video; kind++) {
        demuxer->video = demuxer->streams[kind];
        if (wants[kind] && missing == VF_STREAM_VIDEO)
            missing = kind;
    }
    demuxer->streams[VF_STREAM_VIDEO] = demuxer->video;
    return demuxer->video ? VF_OK : refuse_streams(demuxer, settings, missing);
}

/* More streams than have a number here would be lost without a word. */
static void tell_surplus(const struct vf_demuxer *demuxer, const struct vf_media_settings *settings,
                         enum vf_stream kind)
{
    unsigned count = vf_stream_count(demuxer->connection.format, kind);
    if (vf_stream_is_all(settings, kind) && count > VF_STREAM_NUMBERED)
        vf_log(VF_LOG_WARNING, "%s has %u %s streams; the first %d are read",
               demuxer->connection.path, count, vf_stream_name(kind), VF_STREAM_NUMBERED);
}

/* AVI and raw streams do not say when a picture is shown. Where the codec tells the order, who wants
 * to know finds it out: what libavformat makes up is wrong for pictures that wait for one another. */
static bool is_undated(const struct vf_demuxer *demuxer)
{
    const AVInputFormat *container = demuxer->connection.format->iformat;
    bool has_no_times =
        container->flags & AVFMT_NOTIMESTAMPS || av_match_name("avi", container->name);
    return has_no_times && demuxer->video && vf_picture_order_suits(demuxer->video->codecpar);
}

int vf_demuxer_choose_streams(struct vf_demuxer *demuxer, const struct vf_media_settings *settings,
                              const bool *wants)
{
    bool needs_video = needs_pictures(wants);
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        bool is_video = kind == VF_STREAM_VIDEO;
        if (!is_video && !wants[kind])
            continue;
        demuxer->streams[kind] =
            vf_stream_choose(settings, demuxer->connection.format, kind, demuxer->video);
        if (!demuxer->streams[kind] && (is_video ? needs_video : !vf_stream_is_any(settings, kind)))
            return refuse_streams(demuxer, settings, kind);
        demuxer->video = demuxer->streams[VF_STREAM_VIDEO];
    }
    int err = demuxer->video ? VF_OK : choose_lead(demuxer, settings, wants);
    if (err)
        return err;
    if (wants[VF_STREAM_AUDIO_0])
        tell_surplus(demuxer, settings, VF_STREAM_AUDIO);
    if (wants[VF_STREAM_SUBTITLES_0])
        tell_surplus(demuxer, settings, VF_STREAM_SUBTITLES);
    if (wants[VF_STREAM_PACKETS]) {
        demuxer->streams[VF_STREAM_PACKETS] = demuxer->video;
        if (!is_undated(demuxer))
            demuxer->connection.format->flags |= AVFMT_FLAG_GENPTS;
    }
    memcpy(demuxer->chosen, demuxer->streams, sizeof(demuxer->chosen));
    vf_succession_begin(&demuxer->succession, demuxer->connection.format);
    demuxer->index_count = index_entries(demuxer);
    discard_others(demuxer);
    return VF_OK;
}

void vf_demuxer_read_chosen(struct vf_demuxer *demuxer)
{
    vf_succession_clear(&demuxer->succession);
    memcpy(demuxer->streams, demuxer->chosen, sizeof(demuxer->streams));
    demuxer->video = demuxer->streams[VF_STREAM_VIDEO];
    demuxer->also = 0;
    demuxer->undated.begin = AV_NOPTS_VALUE;
    memset(demuxer->has_followed, 0, sizeof(demuxer->has_followed));
    memset(demuxer->suspects, 0, sizeof(demuxer->suspects));
}

enum vf_stream vf_demuxer_next_kind(const struct vf_demuxer *demuxer, const AVStream *stream,
                                    enum vf_stream kind)
{
    while (kind < VF_STREAM_KINDS && demuxer->streams[kind] != stream)
        kind++;
    return kind < VF_STREAM_KINDS ? kind : VF_STREAM_COUNT;
}

enum vf_stream vf_demuxer_take_also(struct vf_demuxer *demuxer)
{
    enum vf_stream kind = demuxer->also;
    enum vf_stream next = vf_demuxer_next_kind(demuxer, demuxer->streams[kind], kind + 1);
    demuxer->also = next == VF_STREAM_COUNT ? 0 : next;
    return kind;
}

/* Fills in what nobody has found out of a stream that was not there when the file was opened, from
 * the one that it follows. */
static int inherit(AVStream *stream, const AVStream *former)
{
    if (stream->avg_frame_rate.num <= 0)
        stream->avg_frame_rate = former->avg_frame_rate;
    if (vf_stream_is_known(stream) || stream->codecpar->codec_tag != former->codecpar->codec_tag)
        return VF_OK;
    return avcodec_parameters_copy(stream->codecpar, former->codecpar) < 0 ? -ENOMEM : VF_OK;
}

int vf_demuxer_follow(struct vf_demuxer *demuxer, enum vf_stream kind, AVStream *stream)
{
    AVStream *former = demuxer->streams[kind];
    int64_t at_us = vf_demuxer_reached_us(demuxer);
    if (!demuxer->run->is_repeating)
        vf_log(VF_LOG_INFO, "%s: its %s goes on as stream %d (%#x) at %.3f s",
               demuxer->connection.path, vf_stream_name(kind), stream->index, (unsigned)stream->id,
               at_us == INT64_MIN ? 0.0 : vf_demuxer_seconds(at_us));
    for (unsigned i = 0; i < VF_STREAM_COUNT; i++) {
        if (demuxer->streams[i] != former)
            continue;
        demuxer->streams[i] = stream;
        demuxer->has_followed[i] = true;
    }
    if (kind == VF_STREAM_VIDEO) {
        demuxer->needs_key = true;
        demuxer->undated.begin = AV_NOPTS_VALUE;
    }
    demuxer->video = demuxer->streams[VF_STREAM_VIDEO];
    return inherit(stream, former);
}

int vf_demuxer_judge_stranger(struct vf_demuxer *demuxer)
{
    enum vf_stream kind;
    const AVFormatContext *format = demuxer->connection.format;
    AVStream *stream = format->streams[demuxer->packet->stream_index];
    int err =
        vf_succession_take(&demuxer->succession, format, demuxer->streams, demuxer->packet, &kind);
    return err || kind == VF_STREAM_COUNT ? err : vf_demuxer_follow(demuxer, kind, stream);
}

json_t *vf_demuxer_list_streams(const struct vf_demuxer *demuxer)
{
    json_t *list = json_array();
    const AVFormatContext *format = demuxer->connection.format;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        const char *type = av_get_media_type_string(stream->codecpar->codec_type);
        if (vf_demuxer_next_kind(demuxer, stream, 0) != VF_STREAM_COUNT)
            json_array_append_new(list, json_sprintf("%u %s %s", i, type ? type : "data",
                                                     avcodec_get_name(stream->codecpar->codec_id)));
    }
    return list;
}
