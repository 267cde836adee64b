/* SPDX-License-Identifier: MIT */
#include "engine/media/muxer.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/fragment_writer.h"
#include "engine/media/media_error.h"
#include "engine/media/media_packet.h"
#include "engine/media/packet_queue.h"
#include "engine/media/part_file.h"

struct track {
    AVCodecParameters *parameters; /* NULL: there is no such track */
    AVRational frame_rate;
    AVRational time_base; /* the hint from which the container chooses its own */
    AVStream *stream;     /* from the start on */
    int64_t last_dts;
    bool is_begun, has_told;
};

struct vf_muxer {
    const struct vf_output_settings *settings;
    AVFormatContext *format;
    AVPacket *packet;
    struct vf_part_file file;
    struct track tracks[VF_MUXER_TRACKS];
    struct vf_packet_queue kept; /* before the start; stream_index is the track */
    bool is_started, is_finished, has_written, has_failed;
    bool is_crash_safe;                  /* the file is playable whenever its writer is killed */
    struct vf_fragment_writer fragments; /* of such a file */
};

_Static_assert((int)VF_FRAGMENT_TRACKS == (int)VF_MUXER_TRACKS, "a fragment is of all tracks");

static int fail(struct vf_muxer *muxer, const char *what, int code)
{
    if (!muxer->has_failed)
        vf_log(VF_LOG_ERROR, "cannot %s %s: %s", what, muxer->settings->path,
               vf_media_error_text(code).text);
    muxer->has_failed = true;
    return vf_media_error(code);
}

static bool is_url(const char *path)
{
    const char *protocol = avio_find_protocol_name(path);
    return protocol && strcmp(protocol, "file") != 0;
}

static int open_output(struct vf_muxer *muxer, const struct vf_output_choice *choice)
{
    const char *path = muxer->file.part ? muxer->file.part : muxer->file.target;
    char *url = vf_text_format("%s%s", is_url(path) ? "" : "file:", path);
    if (!url)
        return -ENOMEM;
    int code = avformat_alloc_output_context2(&muxer->format, choice->container, NULL, url);
    if (code >= 0)
        code = avio_open2(&muxer->format->pb, url, AVIO_FLAG_WRITE, NULL, NULL);
    free(url);
    return code < 0 ? fail(muxer, "create", code) : VF_OK;
}

int vf_muxer_create(struct vf_muxer **muxer, const struct vf_output_choice *choice,
                    const struct vf_output_settings *settings, bool must_not_replace)
{
    vf_media_log_redirect();
    struct vf_muxer *made = calloc(1, sizeof(*made));
    *muxer = made;
    if (!made)
        return -ENOMEM;
    made->settings = settings;
    made->packet = av_packet_alloc();
    int err = made->packet ? vf_part_file_init(&made->file, settings->path, is_url(settings->path),
                                               must_not_replace)
                           : -ENOMEM;
    if (!err)
        err = open_output(made, choice);
    made->is_crash_safe = settings->crash_safe && made->file.part;
    made->fragments.settings = settings;
    if (err)
        vf_muxer_destroy(muxer);
    return err;
}

void vf_muxer_destroy(struct vf_muxer **muxer)
{
    if (!*muxer)
        return;
    struct vf_muxer *old = *muxer;
    if (old->format && !old->is_finished) {
        int err = vf_muxer_finish(old, false, NULL);
        (void)err; /* has been logged */
    }
    avformat_free_context(old->format);
    av_packet_free(&old->packet);
    for (size_t i = 0; i < VF_MUXER_TRACKS; i++)
        avcodec_parameters_free(&old->tracks[i].parameters);
    vf_packet_queue_clear(&old->kept);
    vf_fragment_writer_finish(&old->fragments);
    vf_part_file_finish(&old->file);
    free(old);
    *muxer = NULL;
    vf_media_log_flush();
}

int vf_muxer_add_encoder(struct vf_muxer *muxer, const AVCodecContext *encoder)
{
    struct track *track = &muxer->tracks[VF_MUXER_VIDEO];
    track->parameters = avcodec_parameters_alloc();
    if (!track->parameters || avcodec_parameters_from_context(track->parameters, encoder) < 0)
        return -ENOMEM;
    track->time_base = encoder->time_base;
    track->frame_rate = encoder->framerate;
    return VF_OK;
}

/* A tag names a codec within one kind of container: another kind has its own. */
static void adapt_tag(const struct vf_muxer *muxer, AVCodecParameters *parameters)
{
    const struct AVCodecTag *const *tags = muxer->format->oformat->codec_tag;
    bool is_known = !tags || av_codec_get_id(tags, parameters->codec_tag) == parameters->codec_id;
    if (!is_known)
        parameters->codec_tag = 0;
}

int vf_muxer_add_copy(struct vf_muxer *muxer, const struct vf_message *packet)
{
    AVCodecParameters *parameters;
    int err = vf_media_parameters_from_message(&parameters, packet);
    if (err)
        return err;
    const AVOutputFormat *container = muxer->format->oformat;
    if (avformat_query_codec(container, parameters->codec_id, FF_COMPLIANCE_NORMAL) == 0) {
        vf_log(VF_LOG_ERROR, "%s cannot hold %s sound, which %s is to have; write .mkv instead",
               container->long_name, avcodec_get_name(parameters->codec_id), muxer->settings->path);
        avcodec_parameters_free(&parameters);
        return -EINVAL;
    }
    adapt_tag(muxer, parameters);
    struct track *track = &muxer->tracks[VF_MUXER_AUDIO];
    track->parameters = parameters;
    track->time_base =
        (AVRational){packet->description.time_base.num, packet->description.time_base.den};
    return VF_OK;
}

static int add_stream(struct vf_muxer *muxer, struct track *track)
{
    track->stream = avformat_new_stream(muxer->format, NULL);
    if (!track->stream || avcodec_parameters_copy(track->stream->codecpar, track->parameters) < 0)
        return -ENOMEM;
    track->stream->time_base = track->time_base;
    if (track->parameters->codec_type == AVMEDIA_TYPE_VIDEO) {
        track->stream->avg_frame_rate = track->frame_rate;
        track->stream->sample_aspect_ratio = track->parameters->sample_aspect_ratio;
    }
    return VF_OK;
}

static int check_written(struct vf_muxer *muxer, int code)
{
    if (code >= 0 && muxer->format->pb->error < 0)
        code = muxer->format->pb->error;
    return code < 0 ? fail(muxer, "write", code) : VF_OK;
}

static int write_header(struct vf_muxer *muxer)
{
    /* A player need not fetch the end of a file first. Other containers have no such option. */
    (void)av_opt_set(muxer->format, "movflags", "+faststart", AV_OPT_SEARCH_CHILDREN);
    char problem[512];
    int err = vf_output_set_container(muxer->format, muxer->settings, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err;
    }
    int code = 0;
    if (muxer->is_crash_safe)
        code = vf_fragment_writer_begin(&muxer->fragments, muxer->format);
    if (code >= 0)
        code = avformat_write_header(muxer->format, NULL);
    return check_written(muxer, code);
}

static void tell_moved(struct track *track, const AVPacket *packet)
{
    if (!track->has_told)
        vf_log(VF_LOG_WARNING, "decoding times do not rise at %.3f s: packets are moved",
               (double)packet->dts * av_q2d(track->stream->time_base));
    track->has_told = true;
}

/* Containers want decoding times that rise, and never lie behind the time of showing; copied
 * packets may come without, or with jumps. */
static void make_rise(const struct vf_muxer *muxer, struct track *track, AVPacket *packet)
{
    int64_t least = track->last_dts + !(muxer->format->oformat->flags & AVFMT_TS_NONSTRICT);
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    if (packet->dts == AV_NOPTS_VALUE)
        return;
    if (track->is_begun && packet->dts < least) {
        tell_moved(track, packet);
        packet->dts = least;
    }
    if (packet->pts != AV_NOPTS_VALUE && packet->pts < packet->dts)
        packet->pts = packet->dts;
    track->is_begun = true;
    track->last_dts = packet->dts;
}

static int write_packet(struct vf_muxer *muxer, struct track *track, const AVPacket *packet)
{
    if (av_packet_ref(muxer->packet, packet) < 0)
        return -ENOMEM;
    av_packet_rescale_ts(muxer->packet, packet->time_base, track->stream->time_base);
    muxer->packet->time_base = track->stream->time_base;
    muxer->packet->stream_index = track->stream->index;
    muxer->packet->pos = -1;
    make_rise(muxer, track, muxer->packet);
    muxer->has_written = muxer->has_written || track == &muxer->tracks[VF_MUXER_VIDEO];
    int code = muxer->is_crash_safe
                   ? vf_fragment_writer_add(&muxer->fragments, (unsigned)(track - muxer->tracks),
                                            muxer->packet)
                   : av_interleaved_write_frame(muxer->format, muxer->packet);
    av_packet_unref(muxer->packet);
    return check_written(muxer, code);
}

static int write_kept(struct vf_muxer *muxer)
{
    int err = VF_OK;
    const AVPacket *packet;
    while (!err && (packet = vf_packet_queue_peek(&muxer->kept))) {
        struct track *track = &muxer->tracks[packet->stream_index];
        if (track->stream)
            err = write_packet(muxer, track, packet);
        vf_packet_queue_drop(&muxer->kept);
    }
    return err;
}

int vf_muxer_start(struct vf_muxer *muxer)
{
    for (size_t i = 0; i < VF_MUXER_TRACKS; i++) {
        int err = muxer->tracks[i].parameters ? add_stream(muxer, &muxer->tracks[i]) : VF_OK;
        if (err)
            return err;
    }
    int err = write_header(muxer);
    if (err)
        return err;
    muxer->is_started = true;
    return write_kept(muxer);
}

bool vf_muxer_is_started(const struct vf_muxer *muxer)
{
    return muxer->is_started;
}

static int keep(struct vf_muxer *muxer, enum vf_muxer_track track, const AVPacket *packet)
{
    AVPacket *copy = av_packet_clone(packet);
    if (!copy)
        return -ENOMEM;
    copy->stream_index = (int)track;
    int err = vf_packet_queue_push(&muxer->kept, copy);
    av_packet_free(&copy);
    return err;
}

int vf_muxer_write(struct vf_muxer *muxer, enum vf_muxer_track track, const AVPacket *packet)
{
    if (muxer->is_started)
        return write_packet(muxer, &muxer->tracks[track], packet);
    return keep(muxer, track, packet);
}

int vf_muxer_copy(struct vf_muxer *muxer, const struct vf_message *message)
{
    AVPacket *packet;
    int err = vf_media_packet_from_message(&packet, message);
    /* Containers keep packets for long; their sender wants its memory back. */
    if (!err && av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err)
        err = vf_muxer_write(muxer, VF_MUXER_AUDIO, packet);
    av_packet_free(&packet);
    return err;
}

size_t vf_muxer_kept_bytes(const struct vf_muxer *muxer)
{
    return muxer->kept.bytes;
}

static int write_end(struct vf_muxer *muxer, int64_t *size_bytes)
{
    int code = 0;
    if (muxer->is_started && muxer->is_crash_safe && !muxer->has_failed)
        code = vf_fragment_writer_end(&muxer->fragments);
    int end_code = muxer->is_started ? av_write_trailer(muxer->format) : 0;
    *size_bytes = avio_size(muxer->format->pb);
    int close_code = avio_closep(&muxer->format->pb);
    if (code >= 0)
        code = end_code < 0 ? end_code : close_code;
    return code < 0 ? fail(muxer, "write", code) : VF_OK;
}

int vf_muxer_finish(struct vf_muxer *muxer, bool is_complete, int64_t *size_bytes)
{
    int64_t size = -1;
    muxer->is_finished = true;
    int err = write_end(muxer, &size);
    is_complete = is_complete && !muxer->has_failed;
    if (muxer->has_written && muxer->is_crash_safe && is_complete)
        vf_fragment_writer_put_in_order(&muxer->fragments, &muxer->file, &size);
    if (!muxer->has_written)
        vf_part_file_remove(&muxer->file);
    else if (is_complete)
        err = vf_part_file_publish(&muxer->file);
    else if (muxer->file.part)
        vf_log(VF_LOG_WARNING, "%s is incomplete: what there is of it stays in %s",
               muxer->file.path, muxer->file.part);
    if (size_bytes)
        *size_bytes = size < 0 ? -1 : size;
    return err;
}
