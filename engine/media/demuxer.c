/* SPDX-License-Identifier: MIT */
#include "engine/media/demuxer.h"

#include <errno.h>
#include <inttypes.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/parseutils.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/media_error.h"
#include "engine/media/media_packet.h"
#include "engine/node/node.h"

#define RETRY_NS (10 * VF_NS_PER_MS)

struct vf_demuxer {
    struct vf_node_run *run;
    const char *path;
    AVFormatContext *format;
    AVPacket *packet;
    AVStream *video, *audio;
    int64_t origin_us;    /* what counts as time 0 */
    int64_t packet_count; /* of the video stream */
    int64_t index_count;  /* of it, as the container's index said at the start; 0: no index */
    int64_t end_us;       /* of the last packet, in the file's own time */
    bool has_sought, has_ended, has_reported;
};

static int is_interrupted(void *opaque)
{
    return vf_node_stop_requested(opaque);
}

/* A file whose name looks like a URL ("a:b.mp4") is still a file. */
static char *make_url(const char *path)
{
    struct stat status;
    return vf_text_format("%s%s", stat(path, &status) == 0 ? "file:" : "", path);
}

static int explain_open_failure(const char *path, int code)
{
    struct stat status;
    bool is_there = stat(path, &status) == 0;
    if (is_there && S_ISDIR(status.st_mode)) {
        vf_log(VF_LOG_ERROR, "cannot open %s: it is a folder", path);
        return -EISDIR;
    }
    if (is_there && S_ISREG(status.st_mode) && status.st_size == 0) {
        vf_log(VF_LOG_ERROR, "cannot open %s: the file is empty", path);
        return -ENODATA;
    }
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF)
        vf_log(VF_LOG_ERROR, "cannot open %s: it is no media file, or its beginning is damaged",
               path);
    else
        vf_log(VF_LOG_ERROR, "cannot open %s: %s", path, vf_media_error_text(code).text);
    return vf_media_error(code);
}

static int open_format(struct vf_demuxer *demuxer)
{
    char *url = make_url(demuxer->path);
    demuxer->format = avformat_alloc_context();
    if (!url || !demuxer->format) {
        free(url);
        return -ENOMEM;
    }
    demuxer->format->interrupt_callback =
        (AVIOInterruptCB){.callback = is_interrupted, .opaque = demuxer->run};
    int code = avformat_open_input(&demuxer->format, url, NULL, NULL);
    free(url);
    if (code >= 0)
        code = avformat_find_stream_info(demuxer->format, NULL);
    return code < 0 ? explain_open_failure(demuxer->path, code) : VF_OK;
}

static int64_t index_entries(const struct vf_demuxer *demuxer)
{
    /* Of other containers the index is a sample, or grows while reading. */
    bool is_whole = av_match_name("mp4", demuxer->format->iformat->name);
    return is_whole ? avformat_index_get_entries_count(demuxer->video) : 0;
}

static int choose_streams(struct vf_demuxer *demuxer, bool wants_audio)
{
    AVFormatContext *format = demuxer->format;
    int video = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (video < 0 || format->streams[video]->disposition & AV_DISPOSITION_ATTACHED_PIC) {
        vf_log(VF_LOG_ERROR, "%s has no video stream", demuxer->path);
        return -ENODATA;
    }
    demuxer->video = format->streams[video];
    demuxer->index_count = index_entries(demuxer);
    int audio = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, video, NULL, 0);
    if (wants_audio && audio >= 0)
        demuxer->audio = format->streams[audio];
    /* Without a length of its own the video's end shows only beside the other streams' ends. */
    bool needs_all = demuxer->video->duration == AV_NOPTS_VALUE;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        bool is_timed = stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
        if (stream != demuxer->video && stream != demuxer->audio && !(needs_all && is_timed))
            stream->discard = AVDISCARD_ALL;
    }
    return VF_OK;
}

static int64_t file_start_us(const struct vf_demuxer *demuxer)
{
    int64_t start = demuxer->format->start_time;
    return start == AV_NOPTS_VALUE ? 0 : start;
}

int vf_demuxer_create(struct vf_demuxer **demuxer, struct vf_node_run *run, const char *path,
                      bool wants_audio)
{
    vf_media_log_redirect();
    struct vf_demuxer *made = calloc(1, sizeof(*made));
    *demuxer = made;
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->path = path;
    made->packet = av_packet_alloc();
    int err = made->packet ? open_format(made) : -ENOMEM;
    if (!err)
        err = choose_streams(made, wants_audio);
    if (err) {
        vf_demuxer_destroy(demuxer);
        return err;
    }
    made->origin_us = file_start_us(made);
    made->end_us = INT64_MIN;
    return VF_OK;
}

void vf_demuxer_destroy(struct vf_demuxer **demuxer)
{
    if (!*demuxer)
        return;
    av_packet_free(&(*demuxer)->packet);
    avformat_close_input(&(*demuxer)->format);
    free(*demuxer);
    *demuxer = NULL;
    vf_media_log_flush();
}

/* Where a container has no index, its first byte is surer than its first time stamp. */
static int seek_to_beginning(AVFormatContext *format, int64_t start_us)
{
    int code = AVERROR(ENOSYS);
    if (!(format->iformat->flags & AVFMT_NO_BYTE_SEEK))
        code = av_seek_frame(format, -1, 0, AVSEEK_FLAG_BYTE);
    return code >= 0 ? code : avformat_seek_file(format, -1, INT64_MIN, start_us, INT64_MAX, 0);
}

bool vf_demuxer_seek(struct vf_demuxer *demuxer, int64_t start_us, int64_t margin_us)
{
    AVFormatContext *format = demuxer->format;
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
               demuxer->path, vf_media_error_text(code).text);
    demuxer->has_sought = demuxer->has_sought || code >= 0;
    demuxer->has_ended = false;
    return is_at_beginning;
}

static double seconds(int64_t microseconds)
{
    return (double)microseconds / AV_TIME_BASE;
}

/* Returns when the video, or else the whole file, should end, in the file's own time. */
static int64_t expected_end_us(const struct vf_demuxer *demuxer)
{
    const AVStream *video = demuxer->video;
    const AVFormatContext *format = demuxer->format;
    if (video->duration != AV_NOPTS_VALUE && video->start_time != AV_NOPTS_VALUE &&
        format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
        return av_rescale_q(video->start_time + video->duration, video->time_base, AV_TIME_BASE_Q);
    if (format->duration != AV_NOPTS_VALUE &&
        format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM)
        return file_start_us(demuxer) + format->duration;
    return INT64_MIN;
}

static int64_t frame_time_us(const struct vf_demuxer *demuxer)
{
    AVRational rate = demuxer->video->avg_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_rescale(AV_TIME_BASE, rate.den, rate.num) : 0;
}

/* Tells how much of the file is missing, if some is: "120 of 795 frames". */
static bool find_missing(const struct vf_demuxer *demuxer, char *text, size_t size)
{
    int64_t read = demuxer->packet_count;
    if (demuxer->index_count && !demuxer->has_sought) {
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames", read, demuxer->index_count);
        return read < demuxer->index_count;
    }
    int64_t end_us = expected_end_us(demuxer);
    int64_t slack_us = 3 * frame_time_us(demuxer) + AV_TIME_BASE / 10;
    if (end_us == INT64_MIN || !read || demuxer->end_us >= end_us - slack_us)
        return false;
    if (demuxer->video->nb_frames > read && !demuxer->has_sought)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames", read, demuxer->video->nb_frames);
    else
        snprintf(text, size, "%.2f of %.2f s", seconds(demuxer->end_us - file_start_us(demuxer)),
                 seconds(end_us - file_start_us(demuxer)));
    return true;
}

/* Tells once that the file has ended too early; `code` is what reading it returned. */
static void report_end(struct vf_demuxer *demuxer, int code)
{
    if (demuxer->has_reported)
        return;
    demuxer->has_reported = true;
    char extent[80];
    struct vf_media_text why = vf_media_error_text(code);
    if (find_missing(demuxer, extent, sizeof(extent)))
        vf_node_report_error(demuxer->run, "%s ends after %s: %s", demuxer->path, extent,
                             code == AVERROR_EOF ? "it is truncated" : why.text);
    else if (code != AVERROR_EOF)
        vf_node_report_error(demuxer->run, "%s cannot be read beyond frame %" PRId64 ": %s",
                             demuxer->path, demuxer->packet_count, why.text);
}

/* Returns VF_OK with a packet of any stream, or VF_END. */
static int read_any(struct vf_demuxer *demuxer)
{
    int code;
    do {
        av_packet_unref(demuxer->packet);
        if (demuxer->has_ended)
            return VF_END;
        code = av_read_frame(demuxer->format, demuxer->packet);
        if (code == AVERROR(EAGAIN) &&
            vf_node_sleep_until(demuxer->run, vf_clock_now_ns() + RETRY_NS) == VF_END)
            code = AVERROR_EXIT;
    } while (code == AVERROR(EAGAIN));
    if (code >= 0)
        return VF_OK;
    demuxer->has_ended = true;
    AVIOContext *io = demuxer->format->pb;
    if (code == AVERROR_EOF && io && io->error < 0)
        code = io->error;
    if (code != AVERROR_EXIT && !vf_node_stop_requested(demuxer->run))
        report_end(demuxer, code);
    return VF_END;
}

static void note_end(struct vf_demuxer *demuxer, AVRational time_base)
{
    const AVPacket *packet = demuxer->packet;
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE)
        return;
    int64_t end_us = av_rescale_q(time + packet->duration, time_base, AV_TIME_BASE_Q);
    if (end_us > demuxer->end_us)
        demuxer->end_us = end_us;
}

static void shift_times(struct vf_demuxer *demuxer, AVRational time_base)
{
    AVPacket *packet = demuxer->packet;
    int64_t shift = av_rescale_q(demuxer->origin_us, AV_TIME_BASE_Q, time_base);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts -= shift;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts -= shift;
    packet->time_base = time_base;
}

int vf_demuxer_read(struct vf_demuxer *demuxer, enum vf_demuxer_stream *stream,
                    const AVPacket **packet)
{
    for (;;) {
        int err = read_any(demuxer);
        if (err)
            return err;
        const AVStream *read = demuxer->format->streams[demuxer->packet->stream_index];
        note_end(demuxer, read->time_base);
        if (read != demuxer->video && read != demuxer->audio)
            continue;
        shift_times(demuxer, read->time_base);
        *stream = read == demuxer->video ? VF_DEMUXER_VIDEO : VF_DEMUXER_AUDIO;
        demuxer->packet_count += *stream == VF_DEMUXER_VIDEO;
        if (demuxer->packet->flags & AV_PKT_FLAG_CORRUPT)
            vf_node_report_error(demuxer->run, "%s: %s packet at %.3f s is corrupt", demuxer->path,
                                 *stream == VF_DEMUXER_VIDEO ? "the video" : "the audio",
                                 (double)demuxer->packet->dts * av_q2d(read->time_base));
        *packet = demuxer->packet;
        return VF_OK;
    }
}

const AVStream *vf_demuxer_video(const struct vf_demuxer *demuxer)
{
    return demuxer->video;
}

const AVStream *vf_demuxer_audio(const struct vf_demuxer *demuxer)
{
    return demuxer->audio;
}

int vf_demuxer_audio_message(struct vf_demuxer *demuxer, const AVPacket *packet,
                             struct vf_message **message)
{
    return vf_media_packet_to_message(demuxer->run, demuxer->audio->codecpar, packet, message);
}

int64_t vf_demuxer_length_us(const struct vf_demuxer *demuxer)
{
    int64_t end_us = expected_end_us(demuxer);
    int64_t length_us = end_us == INT64_MIN ? 0 : end_us - file_start_us(demuxer);
    return length_us > 0 ? length_us : 0;
}

bool vf_demuxer_is_file(const struct vf_demuxer *demuxer)
{
    struct stat status;
    bool is_regular = stat(demuxer->path, &status) == 0 && S_ISREG(status.st_mode);
    return is_regular || vf_demuxer_length_us(demuxer) > 0;
}

const char *vf_demuxer_path(const struct vf_demuxer *demuxer)
{
    return demuxer->path;
}

uint64_t vf_demuxer_frame_count(const struct vf_demuxer *demuxer, int64_t start_us,
                                int64_t duration_us)
{
    const AVStream *video = demuxer->video;
    bool is_whole = start_us == 0 && duration_us == INT64_MAX;
    if (is_whole && video->nb_frames > 0)
        return (uint64_t)video->nb_frames;
    int64_t length_us = vf_demuxer_length_us(demuxer) - start_us;
    if (length_us > duration_us)
        length_us = duration_us;
    AVRational rate = video->avg_frame_rate;
    if (length_us <= 0 || rate.num <= 0 || rate.den <= 0)
        return 0;
    return (uint64_t)av_rescale_q(length_us, AV_TIME_BASE_Q, av_inv_q(rate));
}
