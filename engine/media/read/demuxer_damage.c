/* SPDX-License-Identifier: MIT */
/* demuxer_damage - what of a source is broken or missing. */
#include <inttypes.h>
#include <libavutil/avstring.h>
#include <sys/stat.h>

#include "engine/media/codec/packet.h"
#include "engine/media/read/demuxer_inside.h"
#include "engine/media/read/open/gif_blocks.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/node/node.h"

/* The last but one is called corrupt where a parser holds the last one back. */
#define SUSPECT_PACKETS 2

static const char *unit_of(const struct vf_demuxer *demuxer)
{
    bool is_picture = demuxer->video->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    return is_picture ? "frames" : "packets";
}

/* Returns how much of the file is missing, if some is: "120 of 795 frames". */
static bool find_missing(const struct vf_demuxer *demuxer, char *text, size_t size)
{
    int64_t read = demuxer->packet_count;
    if (demuxer->index_count && !demuxer->has_sought) {
        snprintf(text, size, "%" PRId64 " of %" PRId64 " %s", read, demuxer->index_count,
                 unit_of(demuxer));
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
        snprintf(text, size, "%" PRId64 " of %" PRId64 " %s", read, demuxer->video->nb_frames,
                 unit_of(demuxer));
    else
        snprintf(text, size, "%.2f of %.2f s",
                 vf_demuxer_seconds(reached_us - vf_demuxer_file_start_us(demuxer)),
                 vf_demuxer_seconds(end_us - vf_demuxer_file_start_us(demuxer)));
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
                             vf_demuxer_seconds(suspect->time_us));
    suspect->is_there = false;
}

void vf_demuxer_tell_end(struct vf_demuxer *demuxer)
{
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        tell_suspect(demuxer, kind);
    if (!demuxer->connection.is_live)
        vf_demuxer_report_end(demuxer);
}

void vf_demuxer_tell_faults(struct vf_demuxer *demuxer)
{
    bool is_new = has_faults(demuxer);
    demuxer->faults = demuxer->connection.faults;
    if (!is_new)
        return;
    int64_t reached_us = vf_demuxer_reached_us(demuxer);
    vf_node_report_error(demuxer->run, "%s is damaged behind %.3f s", demuxer->connection.path,
                         reached_us == INT64_MIN ? 0.0 : vf_demuxer_seconds(reached_us));
}

void vf_demuxer_judge_corruption(struct vf_demuxer *demuxer, enum vf_stream kind)
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
