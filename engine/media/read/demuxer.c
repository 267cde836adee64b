/* SPDX-License-Identifier: MIT */
#include "engine/media/read/demuxer_inside.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/read/open/extent.h"
#include "engine/node/node.h"

/* Those whose recordings begin anywhere, by libav's names. */
static const char formats_of_the_air[] = "mpegts,mpeg,hls,h264,hevc,mpegvideo";

int64_t vf_demuxer_length_us(const struct vf_demuxer *demuxer)
{
    return vf_media_length_us(demuxer->connection.format, demuxer->video);
}

static int open_source(struct vf_demuxer *demuxer, const struct vf_demuxer_wish *wish)
{
    int err = vf_connection_open(&demuxer->connection);
    if (!err)
        err = vf_demuxer_choose_streams(demuxer, demuxer->connection.settings, wish->wants);
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
    made->origin_us = vf_demuxer_file_start_us(made);
    start_timeline(made);
    made->end_us = made->read_end_us = INT64_MIN;
    made->undated.begin = AV_NOPTS_VALUE;
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

bool vf_demuxer_seek(struct vf_demuxer *demuxer, int64_t start_us, int64_t margin_us)
{
    AVFormatContext *format = demuxer->connection.format;
    demuxer->origin_us = vf_demuxer_file_start_us(demuxer) + start_us;
    /* Containers that are searched by decoding time need some room for reordered frames. */
    int64_t reordering_us = demuxer->video->codecpar->video_delay ? 150000 : 0;
    int64_t target_us = demuxer->origin_us - margin_us - reordering_us;
    int code = AVERROR(EINVAL);
    if (target_us > vf_demuxer_file_start_us(demuxer))
        code = avformat_seek_file(format, -1, INT64_MIN, target_us, target_us, 0);
    bool is_at_beginning = code < 0;
    if (is_at_beginning)
        code = seek_to_beginning(format, vf_demuxer_file_start_us(demuxer));
    if (code < 0)
        vf_log(VF_LOG_INFO, "%s: cannot seek (%s): everything before the start is read",
               demuxer->connection.path, vf_media_error_text(code).text);
    start_timeline(demuxer);
    vf_demuxer_read_chosen(demuxer);
    demuxer->has_sought = demuxer->has_sought || code >= 0;
    demuxer->connection.has_ended = false;
    return is_at_beginning;
}

/* Returns VF_OK with a packet of any stream, or VF_END. */
static int read_any(struct vf_demuxer *demuxer)
{
    struct vf_connection *connection = &demuxer->connection;
    int err = vf_connection_read(connection, demuxer->packet);
    if (err == VF_END && connection->end_code != AVERROR_EXIT &&
        !vf_node_stop_requested(demuxer->run))
        vf_demuxer_tell_end(demuxer);
    else if (!err)
        vf_demuxer_tell_faults(demuxer);
    return err;
}

/* Returns whether the packet is to be left out: no key frame has come before it. */
static bool lacks_key(struct vf_demuxer *demuxer, const AVStream *stream)
{
    if (stream == demuxer->video && demuxer->packet->flags & AV_PKT_FLAG_KEY)
        demuxer->needs_key = false;
    return stream == demuxer->video && demuxer->needs_key;
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
        err = vf_demuxer_follow(demuxer, kind, demuxer->connection.format->streams[stream->index]);
        if (err)
            return err;
    }
}

int vf_demuxer_read(struct vf_demuxer *demuxer, enum vf_stream *stream, const AVPacket **packet)
{
    if (demuxer->also) {
        *stream = vf_demuxer_take_also(demuxer);
        *packet = demuxer->packet;
        return VF_OK;
    }
    for (;;) {
        int err = read_next(demuxer);
        if (err)
            return err;
        const AVStream *read = demuxer->connection.format->streams[demuxer->packet->stream_index];
        *stream = vf_demuxer_next_kind(demuxer, read, 0);
        vf_demuxer_forget_senseless_times(demuxer->packet, read->time_base);
        int64_t end_us = vf_demuxer_end_of_packet(demuxer, read);
        if (end_us > demuxer->end_us && vf_demuxer_may_be_last(demuxer, read))
            demuxer->end_us = end_us;
        if (*stream == VF_STREAM_COUNT && (err = vf_demuxer_judge_stranger(demuxer)) != VF_OK)
            return err;
        if (*stream == VF_STREAM_COUNT || lacks_key(demuxer, read))
            continue;
        vf_succession_goes_on(&demuxer->succession, *stream);
        if (*stream == VF_STREAM_VIDEO && demuxer->streams[VF_STREAM_PACKETS])
            vf_demuxer_set_decoding_time(demuxer, read);
        vf_demuxer_place_packet(demuxer, read, *stream);
        vf_demuxer_shift(demuxer->packet,
                         -av_rescale_q(demuxer->origin_us, AV_TIME_BASE_Q, read->time_base));
        demuxer->packet->time_base = read->time_base;
        demuxer->packet_count += *stream == VF_STREAM_VIDEO;
        vf_demuxer_judge_corruption(demuxer, *stream);
        enum vf_stream next = vf_demuxer_next_kind(demuxer, read, *stream + 1);
        demuxer->also = next == VF_STREAM_COUNT ? 0 : next;
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
