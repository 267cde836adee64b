/* SPDX-License-Identifier: MIT */
#include "engine/media/read/demuxer.h"

#include <errno.h>
#include <inttypes.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/codec/packet.h"
#include "engine/media/read/open/connection.h"
#include "engine/media/read/open/extent.h"
#include "engine/media/read/open/gif_blocks.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/media/read/succession.h"
#include "engine/media/read/timeline.h"
#include "engine/node/node.h"

#define LONGEST_US (INT64_MAX / 2 / 1000) /* 146 years; twice that in nanoseconds is no overflow */

/* Those whose recordings begin anywhere, by libav's names. */
static const char formats_of_the_air[] = "mpegts,mpeg,hls,h264,hevc,mpegvideo";

/* A packet that its format calls corrupt, and of which it is not known yet whether it is only the
 * last before a jump. */
struct suspect {
    bool is_there;
    unsigned packets; /* of its stream that have come since */
    int64_t time_us;
};

/* The last but one is called corrupt where a parser holds the last one back. */
#define SUSPECT_PACKETS 2

struct vf_demuxer {
    struct vf_node_run *run;
    struct vf_connection connection;
    AVPacket *packet;
    AVStream *chosen[VF_STREAM_COUNT];  /* at the start; NULL: none */
    AVStream *streams[VF_STREAM_COUNT]; /* those that are read now */
    AVStream *video;                    /* the first of them */
    struct vf_succession succession;    /* of streams, in the middle */
    struct vf_timeline timeline;        /* which puts packets into the file's own time */
    int64_t origin_us;                  /* what counts as time 0 */
    int64_t packet_count;               /* of the video stream */
    int64_t index_count; /* of it, as the container's index said at the start; 0: no index */
    int64_t end_us;      /* of the last packet, as its timestamp is in the file */
    int64_t read_end_us; /* of video and sound that were given out, on the timeline */
    struct suspect suspects[VF_STREAM_COUNT];
    unsigned faults; /* of the connection, that have been told */
    bool has_sought, has_reported;
    bool is_first_of_part;              /* the packet that was read last */
    bool has_followed[VF_STREAM_COUNT]; /* another stream, whose first packet is still to come */
    bool needs_key; /* of the video stream, before anything of it is given out */
};

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

/* Returns whether the end of the file may be that of the stream. */
static bool may_be_last(const struct vf_demuxer *demuxer, const AVStream *stream)
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
        bool is_wanted = needs_all && may_be_last(demuxer, stream);
        for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
            is_wanted = is_wanted || is_read(format, demuxer->streams[kind], stream);
        if (!is_wanted)
            stream->discard = AVDISCARD_ALL;
    }
}

static int choose_streams(struct vf_demuxer *demuxer, const struct vf_media_settings *settings,
                          const bool *wants)
{
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        bool is_video = kind == VF_STREAM_VIDEO;
        if (!is_video && !wants[kind])
            continue;
        demuxer->streams[kind] =
            vf_stream_choose(settings, demuxer->connection.format, kind, demuxer->video);
        if (!demuxer->streams[kind] && (is_video || !vf_stream_is_any(settings, kind)))
            return refuse_streams(demuxer, settings, kind);
        demuxer->video = demuxer->streams[VF_STREAM_VIDEO];
    }
    if (wants[VF_STREAM_PACKETS]) {
        demuxer->streams[VF_STREAM_PACKETS] = demuxer->video;
        /* AVI does not say when a picture is shown, and other containers want to know. */
        demuxer->connection.format->flags |= AVFMT_FLAG_GENPTS;
    }
    memcpy(demuxer->chosen, demuxer->streams, sizeof(demuxer->chosen));
    vf_succession_begin(&demuxer->succession, demuxer->connection.format);
    demuxer->index_count = index_entries(demuxer);
    discard_others(demuxer);
    return VF_OK;
}

static int64_t file_start_us(const struct vf_demuxer *demuxer)
{
    return vf_media_begin_us(demuxer->connection.format);
}

int64_t vf_demuxer_length_us(const struct vf_demuxer *demuxer)
{
    return vf_media_length_us(demuxer->connection.format, demuxer->video);
}

static int open_source(struct vf_demuxer *demuxer, const struct vf_demuxer_wish *wish)
{
    int err = vf_connection_open(&demuxer->connection);
    if (!err)
        err = choose_streams(demuxer, demuxer->connection.settings, wish->wants);
    if (!err)
        vf_connection_find_life(&demuxer->connection, vf_demuxer_length_us(demuxer) > 0);
    return err;
}

static void start_timeline(struct vf_demuxer *demuxer)
{
    int flags = demuxer->connection.format->iformat->flags;
    demuxer->timeline = (struct vf_timeline){.may_jump = flags & AVFMT_TS_DISCONT};
}

int vf_demuxer_create(struct vf_demuxer **demuxer, struct vf_node_run *run, const char *path,
                      const struct vf_media_settings *settings, const struct vf_demuxer_wish *wish)
{
    vf_media_log_redirect();
    struct vf_demuxer *made = calloc(1, sizeof(*made));
    *demuxer = made;
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->connection.run = run;
    made->connection.path = path;
    made->connection.settings = settings;
    made->connection.patience_ns = settings->timeout;
    made->connection.is_retry = wish->is_retry;
    made->connection.is_optional = wish->is_optional;
    made->packet = av_packet_alloc();
    int err = made->packet ? open_source(made, wish) : -ENOMEM;
    if (err) {
        vf_demuxer_destroy(demuxer);
        return err;
    }
    made->origin_us = file_start_us(made);
    start_timeline(made);
    made->end_us = made->read_end_us = INT64_MIN;
    return VF_OK;
}

void vf_demuxer_destroy(struct vf_demuxer **demuxer)
{
    if (!*demuxer)
        return;
    av_packet_free(&(*demuxer)->packet);
    vf_succession_clear(&(*demuxer)->succession);
    vf_connection_close(&(*demuxer)->connection);
    free(*demuxer);
    *demuxer = NULL;
    vf_media_log_flush();
}

/* Where a container has no index, its first byte is surer than its first timestamp. Others lose
 * their place among the bytes. */
static int seek_to_beginning(AVFormatContext *format, int64_t start_us)
{
    int flags = format->iformat->flags, code = AVERROR(ENOSYS);
    bool can_jump = !(flags & AVFMT_NO_BYTE_SEEK);
    if (can_jump && flags & (AVFMT_GENERIC_INDEX | AVFMT_TS_DISCONT))
        code = av_seek_frame(format, -1, 0, AVSEEK_FLAG_BYTE);
    if (code < 0)
        code = avformat_seek_file(format, -1, INT64_MIN, start_us, INT64_MAX, 0);
    if (code < 0 && can_jump)
        code = av_seek_frame(format, -1, 0, AVSEEK_FLAG_BYTE);
    return code;
}

/* Reads the streams again that were chosen at the start. */
static void read_chosen(struct vf_demuxer *demuxer)
{
    vf_succession_clear(&demuxer->succession);
    memcpy(demuxer->streams, demuxer->chosen, sizeof(demuxer->streams));
    demuxer->video = demuxer->streams[VF_STREAM_VIDEO];
    memset(demuxer->has_followed, 0, sizeof(demuxer->has_followed));
    memset(demuxer->suspects, 0, sizeof(demuxer->suspects));
}

bool vf_demuxer_seek(struct vf_demuxer *demuxer, int64_t start_us, int64_t margin_us)
{
    AVFormatContext *format = demuxer->connection.format;
    demuxer->origin_us = file_start_us(demuxer) + start_us;
    /* Containers that are searched by decoding time need some room for reordered frames. */
    int64_t reordering_us = demuxer->video->codecpar->video_delay ? 150000 : 0;
    int64_t target_us = demuxer->origin_us - margin_us - reordering_us;
    int code = AVERROR(EINVAL);
    if (target_us > file_start_us(demuxer))
        code = avformat_seek_file(format, -1, INT64_MIN, target_us, target_us, 0);
    bool is_at_beginning = code < 0;
    if (is_at_beginning)
        code = seek_to_beginning(format, file_start_us(demuxer));
    if (code < 0)
        vf_log(VF_LOG_INFO, "%s: cannot seek (%s): everything before the start is read",
               demuxer->connection.path, vf_media_error_text(code).text);
    start_timeline(demuxer);
    read_chosen(demuxer);
    demuxer->has_sought = demuxer->has_sought || code >= 0;
    demuxer->connection.has_ended = false;
    return is_at_beginning;
}

static double seconds(int64_t microseconds)
{
    return (double)microseconds / AV_TIME_BASE;
}

/* Returns how much of the file is missing, if some is: "120 of 795 frames". */
static bool find_missing(const struct vf_demuxer *demuxer, char *text, size_t size)
{
    int64_t read = demuxer->packet_count;
    if (demuxer->index_count && !demuxer->has_sought) {
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames", read, demuxer->index_count);
        return read < demuxer->index_count;
    }
    int64_t end_us = vf_media_expected_end_us(demuxer->connection.format, demuxer->video);
    int64_t reached_us = demuxer->end_us;
    if (demuxer->timeline.jumps && demuxer->read_end_us > reached_us)
        reached_us = demuxer->read_end_us; /* the length is that of all parts */
    int64_t slack_us = 3 * vf_media_frame_us(demuxer->video) + AV_TIME_BASE / 10;
    if (end_us == INT64_MIN || !read || reached_us >= end_us - slack_us)
        return false;
    if (demuxer->video->nb_frames > read && !demuxer->has_sought)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames", read, demuxer->video->nb_frames);
    else
        snprintf(text, size, "%.2f of %.2f s", seconds(reached_us - file_start_us(demuxer)),
                 seconds(end_us - file_start_us(demuxer)));
    return true;
}

/* Returns whether it is a file whose blocks can be counted. */
static bool is_gif(const struct vf_demuxer *demuxer)
{
    struct stat status;
    const struct vf_connection *connection = &demuxer->connection;
    return av_match_name("gif", connection->format->iformat->name) &&
           stat(connection->path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Returns whether pictures have been passed over, and how many come before that. */
static bool is_gif_damaged(const struct vf_demuxer *demuxer, int64_t *pictures)
{
    if (demuxer->has_sought || !is_gif(demuxer))
        return false;
    FILE *file = fopen(demuxer->connection.path, "rb");
    bool is_whole = !file || vf_gif_count(file, pictures); /* it may have gone meanwhile */
    if (file)
        fclose(file);
    return !is_whole;
}

/* Returns whether libavformat has found damage that has not been told. Of live sources it tells
 * what passes, and of a GIF what stands behind its end. */
static bool has_faults(const struct vf_demuxer *demuxer)
{
    const struct vf_connection *connection = &demuxer->connection;
    return connection->faults != demuxer->faults && !connection->is_live && !is_gif(demuxer);
}

void vf_demuxer_report_end(struct vf_demuxer *demuxer)
{
    if (demuxer->has_reported)
        return;
    demuxer->has_reported = true;
    char extent[80];
    int64_t pictures;
    int code = demuxer->connection.end_code;
    const char *path = demuxer->connection.path;
    struct vf_media_text why = vf_media_error_text(code);
    if (find_missing(demuxer, extent, sizeof(extent)))
        vf_node_report_error(demuxer->run, "%s ends after %s: %s", path, extent,
                             code == AVERROR_EOF ? "it is truncated" : why.text);
    else if (code != AVERROR_EOF)
        vf_node_report_error(demuxer->run, "%s cannot be read beyond frame %" PRId64 ": %s", path,
                             demuxer->packet_count, why.text);
    else if (is_gif_damaged(demuxer, &pictures))
        vf_node_report_error(demuxer->run, "%s is damaged after picture %" PRId64, path, pictures);
    else if (has_faults(demuxer))
        vf_node_report_error(demuxer->run, "the end of %s is damaged", path);
}

/* Tells of a packet that its format calls corrupt. */
static void tell_suspect(struct vf_demuxer *demuxer, enum vf_stream kind)
{
    struct suspect *suspect = &demuxer->suspects[kind];
    if (suspect->is_there)
        vf_node_report_error(demuxer->run, "%s: a packet of %s at %.3f s is corrupt",
                             demuxer->connection.path, vf_stream_name(kind),
                             seconds(suspect->time_us));
    suspect->is_there = false;
}

static void tell_end(struct vf_demuxer *demuxer)
{
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        tell_suspect(demuxer, kind);
    if (!demuxer->connection.is_live)
        vf_demuxer_report_end(demuxer);
}

/* Tells of what libavformat has found damaged on its way to the packet. */
static void tell_faults(struct vf_demuxer *demuxer)
{
    bool is_new = has_faults(demuxer);
    demuxer->faults = demuxer->connection.faults;
    if (!is_new)
        return;
    int64_t reached_us = vf_demuxer_reached_us(demuxer);
    vf_node_report_error(demuxer->run, "%s is damaged behind %.3f s", demuxer->connection.path,
                         reached_us == INT64_MIN ? 0.0 : seconds(reached_us));
}

/* Returns VF_OK with a packet of any stream, or VF_END. */
static int read_any(struct vf_demuxer *demuxer)
{
    struct vf_connection *connection = &demuxer->connection;
    int err = vf_connection_read(connection, demuxer->packet);
    if (err == VF_END && connection->end_code != AVERROR_EXIT &&
        !vf_node_stop_requested(demuxer->run))
        tell_end(demuxer);
    else if (!err)
        tell_faults(demuxer);
    return err;
}

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

/* Returns when the packet ends; INT64_MIN: it has no timestamp. */
static int64_t end_of_packet(const struct vf_demuxer *demuxer, const AVStream *stream)
{
    const AVPacket *packet = demuxer->packet;
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE)
        return INT64_MIN;
    return av_rescale_q(time, stream->time_base, AV_TIME_BASE_Q) +
           duration_of_packet(demuxer, stream);
}

static void shift(AVPacket *packet, int64_t ticks)
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

/* A timestamp with which nobody could calculate is none. */
static void forget_senseless_times(AVPacket *packet, AVRational time_base)
{
    forget_if_senseless(&packet->pts, time_base);
    forget_if_senseless(&packet->dts, time_base);
}

/* Says once that the times of the source jump: `step_us` after what came before. */
static void tell_jump(const struct vf_demuxer *demuxer, int64_t step_us)
{
    if (demuxer->run->is_repeating)
        return;
    int64_t at_us = demuxer->read_end_us - demuxer->origin_us;
    enum vf_log_level level = demuxer->timeline.jumps == 1 ? VF_LOG_WARNING : VF_LOG_INFO;
    vf_log(level, "%s: its time jumps by %+.3f s at %.3f s; what follows goes on at once",
           demuxer->connection.path, seconds(step_us), seconds(at_us));
}

/* Puts the packet on the timeline. */
static void place_packet(struct vf_demuxer *demuxer, const AVStream *stream, enum vf_stream kind)
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
    shift(packet, av_rescale_q(offset_us, AV_TIME_BASE_Q, stream->time_base));
    int64_t end_us = end_of_packet(demuxer, stream);
    if (kind != VF_STREAM_SUBTITLES && end_us > demuxer->read_end_us)
        demuxer->read_end_us = end_us;
}

/* Returns whether the packet is to be left out: no key frame has come before it. */
static bool lacks_key(struct vf_demuxer *demuxer, const AVStream *stream)
{
    if (stream == demuxer->video && demuxer->packet->flags & AV_PKT_FLAG_KEY)
        demuxer->needs_key = false;
    return stream == demuxer->video && demuxer->needs_key;
}

/* Returns the kind that a stream was chosen for; VF_STREAM_COUNT: for none. */
static enum vf_stream kind_of(const struct vf_demuxer *demuxer, const AVStream *stream)
{
    enum vf_stream kind = 0;
    while (kind < VF_STREAM_COUNT && demuxer->streams[kind] != stream)
        kind++;
    return kind;
}

/* Where parts were joined, the last packet before the seam is called corrupt, as nothing shows that
 * it is whole. If it is not, its decoder will say so. */
static void judge_corruption(struct vf_demuxer *demuxer, enum vf_stream kind)
{
    struct suspect *suspect = &demuxer->suspects[kind];
    const AVPacket *packet = demuxer->packet;
    bool is_corrupt = packet->flags & AV_PKT_FLAG_CORRUPT;
    if (demuxer->is_first_of_part)
        suspect->is_there = false;
    if (is_corrupt || ++suspect->packets == SUSPECT_PACKETS)
        tell_suspect(demuxer, kind);
    if (!is_corrupt)
        return;
    int64_t time_us = vf_media_packet_start_us(packet);
    *suspect = (struct suspect){true, 0, time_us == INT64_MIN ? 0 : time_us};
    if (!demuxer->timeline.may_jump)
        tell_suspect(demuxer, kind);
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

/* Reads another stream from now on. */
static int follow(struct vf_demuxer *demuxer, enum vf_stream kind, AVStream *stream)
{
    AVStream *former = demuxer->streams[kind];
    int64_t at_us = vf_demuxer_reached_us(demuxer);
    if (!demuxer->run->is_repeating)
        vf_log(VF_LOG_INFO, "%s: its %s goes on as stream %d (%#x) at %.3f s",
               demuxer->connection.path, vf_stream_name(kind), stream->index, (unsigned)stream->id,
               at_us == INT64_MIN ? 0.0 : seconds(at_us));
    demuxer->streams[kind] = stream;
    demuxer->has_followed[kind] = true;
    if (kind == VF_STREAM_VIDEO) {
        demuxer->video = stream;
        demuxer->needs_key = true;
        if (demuxer->streams[VF_STREAM_PACKETS])
            demuxer->streams[VF_STREAM_PACKETS] = stream;
    }
    return inherit(stream, former);
}

/* Looks at a packet of a stream that is not read. */
static int judge_stranger(struct vf_demuxer *demuxer)
{
    enum vf_stream kind;
    const AVFormatContext *format = demuxer->connection.format;
    AVStream *stream = format->streams[demuxer->packet->stream_index];
    int err =
        vf_succession_take(&demuxer->succession, format, demuxer->streams, demuxer->packet, &kind);
    return err || kind == VF_STREAM_COUNT ? err : follow(demuxer, kind, stream);
}

/* Reads the next packet of any stream; one that was kept comes first. */
static int read_next(struct vf_demuxer *demuxer)
{
    for (;;) {
        const AVStream *stream;
        if (vf_succession_pop(&demuxer->succession, demuxer->packet))
            return VF_OK;
        int err = read_any(demuxer);
        if (err != VF_END)
            return err;
        enum vf_stream kind = vf_succession_end(&demuxer->succession, demuxer->streams, &stream);
        if (kind == VF_STREAM_COUNT)
            return VF_END;
        err = follow(demuxer, kind, demuxer->connection.format->streams[stream->index]);
        if (err)
            return err;
    }
}

int vf_demuxer_read(struct vf_demuxer *demuxer, enum vf_stream *stream, const AVPacket **packet)
{
    for (;;) {
        int err = read_next(demuxer);
        if (err)
            return err;
        const AVStream *read = demuxer->connection.format->streams[demuxer->packet->stream_index];
        *stream = kind_of(demuxer, read);
        forget_senseless_times(demuxer->packet, read->time_base);
        int64_t end_us = end_of_packet(demuxer, read);
        if (end_us > demuxer->end_us && may_be_last(demuxer, read))
            demuxer->end_us = end_us;
        if (*stream == VF_STREAM_COUNT && (err = judge_stranger(demuxer)) != VF_OK)
            return err;
        if (*stream == VF_STREAM_COUNT || lacks_key(demuxer, read))
            continue;
        vf_succession_goes_on(&demuxer->succession, *stream);
        place_packet(demuxer, read, *stream);
        shift(demuxer->packet, -av_rescale_q(demuxer->origin_us, AV_TIME_BASE_Q, read->time_base));
        demuxer->packet->time_base = read->time_base;
        demuxer->packet_count += *stream == VF_STREAM_VIDEO;
        judge_corruption(demuxer, *stream);
        *packet = demuxer->packet;
        return VF_OK;
    }
}

/* Reads on to `until_us`, or to the first jump, or to the end. */
static void read_until(struct vf_demuxer *demuxer, int64_t until_us)
{
    enum vf_stream kind;
    const AVPacket *packet;
    while (!demuxer->timeline.jumps && vf_demuxer_reached_us(demuxer) < until_us &&
           vf_demuxer_read(demuxer, &kind, &packet) == VF_OK) {
    }
}

bool vf_demuxer_is_straight(struct vf_demuxer *demuxer, int64_t start_us, int64_t length_us)
{
    if (start_us || !demuxer->timeline.may_jump)
        return !demuxer->timeline.may_jump;
    bool was_repeating = demuxer->run->is_repeating;
    demuxer->run->is_repeating = true; /* what is wrong is reported when it is read */
    read_until(demuxer, length_us);
    demuxer->run->is_repeating = was_repeating;
    bool is_straight = !demuxer->timeline.jumps;
    demuxer->packet_count = 0;
    demuxer->end_us = demuxer->read_end_us = INT64_MIN;
    demuxer->has_reported = false;
    (void)vf_demuxer_seek(demuxer, 0, INT64_MAX / 4);
    return is_straight;
}

bool vf_demuxer_begins_anywhere(const struct vf_demuxer *demuxer)
{
    const struct vf_connection *connection = &demuxer->connection;
    bool is_first = demuxer->packet_count <= 1;
    return demuxer->is_first_of_part ||
           (is_first && (connection->is_live ||
                         av_match_name(connection->format->iformat->name, formats_of_the_air)));
}

const AVStream *vf_demuxer_stream(const struct vf_demuxer *demuxer, enum vf_stream kind)
{
    return demuxer->streams[kind];
}

const AVFormatContext *vf_demuxer_format(const struct vf_demuxer *demuxer)
{
    return demuxer->connection.format;
}

const AVDictionary *vf_demuxer_left_options(const struct vf_demuxer *demuxer)
{
    return demuxer->connection.left;
}

int vf_demuxer_message(struct vf_demuxer *demuxer, enum vf_stream kind, const AVPacket *packet,
                       const struct vf_records *extras, struct vf_message **message)
{
    const AVStream *stream = demuxer->streams[kind];
    int err = vf_media_packet_change_parameters(stream->codecpar, packet);
    if (!err)
        err = vf_media_packet_to_message(demuxer->run, stream->codecpar, packet, extras, message);
    if (err || kind != VF_STREAM_PACKETS)
        return err;
    struct vf_packet *described = &(*message)->description.packet;
    AVRational rate = stream->avg_frame_rate.num ? stream->avg_frame_rate : stream->r_frame_rate;
    AVRational shape = stream->sample_aspect_ratio;
    described->frame_rate = (struct vf_rational){rate.num, rate.den};
    if (shape.num > 0)
        described->sample_aspect_ratio = (struct vf_rational){shape.num, shape.den};
    return VF_OK;
}

int vf_demuxer_announce(struct vf_demuxer *demuxer, enum vf_stream kind,
                        const struct vf_records *extras, struct vf_message **message)
{
    const AVStream *stream = demuxer->streams[kind];
    const AVCodecParameters *parameters = stream->codecpar;
    bool is_sound = parameters->codec_type == AVMEDIA_TYPE_AUDIO;
    *message = NULL;
    if (parameters->codec_id == AV_CODEC_ID_NONE || (is_sound && parameters->sample_rate <= 0))
        return -ENODATA;
    AVPacket *nothing = av_packet_alloc();
    if (!nothing)
        return -ENOMEM;
    nothing->time_base = stream->time_base;
    int err = vf_media_packet_to_message(demuxer->run, parameters, nothing, extras, message);
    av_packet_free(&nothing);
    return err;
}

int64_t vf_demuxer_reached_us(const struct vf_demuxer *demuxer)
{
    int64_t end_us = demuxer->read_end_us;
    return end_us == INT64_MIN ? INT64_MIN : end_us - demuxer->origin_us;
}

bool vf_demuxer_is_file(const struct vf_demuxer *demuxer)
{
    struct stat status;
    const char *path = demuxer->connection.path;
    if (demuxer->connection.is_pipe)
        return false;
    bool is_there =
        strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &status) == 0 : stat(path, &status) == 0;
    return (is_there && S_ISREG(status.st_mode)) || vf_demuxer_length_us(demuxer) > 0;
}

bool vf_demuxer_is_pipe(const struct vf_demuxer *demuxer)
{
    return demuxer->connection.is_pipe;
}

bool vf_demuxer_is_live(const struct vf_demuxer *demuxer)
{
    return demuxer->connection.is_live;
}

enum vf_demuxer_end vf_demuxer_end(const struct vf_demuxer *demuxer)
{
    switch (demuxer->connection.end_code) {
    case AVERROR_EOF:
        return VF_DEMUXER_CLOSED;
    case AVERROR(ETIMEDOUT):
        return VF_DEMUXER_SILENT;
    default:
        return VF_DEMUXER_LOST;
    }
}

struct vf_media_text vf_demuxer_end_reason(const struct vf_demuxer *demuxer)
{
    return vf_media_error_text(demuxer->connection.end_code);
}

struct vf_demuxer_life vf_demuxer_life(const struct vf_demuxer *demuxer)
{
    return (struct vf_demuxer_life){
        .opened_ns = demuxer->connection.opened_ns,
        .heard_ns = demuxer->connection.heard_ns,
        .reached_us = vf_demuxer_reached_us(demuxer),
        .frame_us = vf_media_frame_us(demuxer->video),
    };
}

void vf_demuxer_join_at(struct vf_demuxer *demuxer, int64_t at_us)
{
    vf_timeline_go_on(&demuxer->timeline, at_us);
    demuxer->needs_key = true;
}

const char *vf_demuxer_path(const struct vf_demuxer *demuxer)
{
    return demuxer->connection.path;
}

uint64_t vf_demuxer_frame_count(const struct vf_demuxer *demuxer, int64_t start_us,
                                int64_t duration_us)
{
    return vf_media_frame_count(demuxer->connection.format, demuxer->video, start_us, duration_us);
}
