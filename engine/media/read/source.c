/* SPDX-License-Identifier: MIT */
#include "engine/media/read/source.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/connection.h"
#include "engine/media/read/open/input_options.h"
#include "engine/node/node.h"

#define LONGEST_CAUSE 160

/* Returns whether another attempt would end as this one has. */
static bool is_hopeless(int err)
{
    return err == -ENOMEM || err == -EINVAL || err == -ENOTSUP || err == -EPROTONOSUPPORT;
}

static int connect_once(struct vf_media_source *source, bool is_retry)
{
    struct vf_demuxer_wish wish = {.is_retry = is_retry, .is_optional = source->is_optional};
    memcpy(wish.wants, source->wants, sizeof(wish.wants));
    return vf_demuxer_create(&source->demuxer, source->run, source->path, source->settings, &wish);
}

/* Makes attempts, each after its wait. */
static int connect_again(struct vf_media_source *source)
{
    int err;
    vf_media_log_hush(true);
    do {
        err = vf_outage_wait(&source->outage, source->run);
        if (err)
            break;
        int64_t since = vf_clock_now_ns();
        err = connect_once(source, true);
        vf_node_waited(source->run, since);
    } while (err < 0 && !is_hopeless(err));
    vf_media_log_hush(false);
    return err;
}

/* The first time, though it is not there. */
static int connect_late(struct vf_media_source *source, int err)
{
    char cause[LONGEST_CAUSE];
    snprintf(cause, sizeof(cause), "is not there (%s)", strerror(-err));
    vf_outage_begin(&source->outage, source->run, vf_clock_now_ns(), cause, "trying again");
    return connect_again(source);
}

/* Makes a live source go on after what came before the outage. */
static int64_t join(struct vf_media_source *source)
{
    struct vf_demuxer_life life = vf_demuxer_life(source->demuxer);
    int64_t gap_us = (life.opened_ns - source->heard_ns) / VF_NS_PER_US;
    int64_t frame_us = life.frame_us ? life.frame_us : VF_USUAL_FRAME_US;
    int64_t at_us = source->reached_us + (gap_us > frame_us ? gap_us : frame_us);
    vf_demuxer_join_at(source->demuxer, at_us);
    return at_us;
}

static unsigned count_threads(const struct vf_media_source *source)
{
    if (!source->is_decoding)
        return 1;
    return source->settings->threads ? (unsigned)source->settings->threads : source->run->threads;
}

/* Makes a decoder, if one is needed. */
static int create_decoder(struct vf_media_source *source)
{
    if (!source->is_decoding)
        return VF_OK;
    source->decoded = vf_demuxer_stream(source->demuxer, VF_STREAM_VIDEO);
    return vf_decoder_create(&source->decoder, source->run, source->decoded, source->settings,
                             count_threads(source));
}

bool vf_media_source_is_other(const struct vf_media_source *source)
{
    const AVStream *stream = vf_demuxer_stream(source->demuxer, VF_STREAM_VIDEO);
    return stream != source->decoded &&
           (stream->codecpar->codec_id != source->decoded->codecpar->codec_id ||
            av_cmp_q(stream->time_base, source->decoded->time_base) != 0);
}

int vf_media_source_change_decoder(struct vf_media_source *source)
{
    vf_decoder_destroy(&source->decoder);
    return create_decoder(source);
}

/* Returns whose options may be given: those of a decoder may, though nothing is decoded. */
static const AVCodec *find_codec(const struct vf_media_source *source)
{
    const AVStream *stream = vf_demuxer_stream(source->demuxer, VF_STREAM_VIDEO);
    return source->decoder ? vf_decoder_codec(source->decoder)
                           : avcodec_find_decoder(stream->codecpar->codec_id);
}

static int start_decoder(struct vf_media_source *source)
{
    const struct vf_demuxer *demuxer = source->demuxer;
    bool is_lasting = !vf_demuxer_is_live(demuxer) && !vf_demuxer_is_pipe(demuxer);
    bool is_joining = !is_lasting && source->reached_us != INT64_MIN;
    int64_t at_us = is_joining ? join(source) : 0;
    int err = create_decoder(source);
    if (!err)
        err = vf_input_refuse_untaken(vf_demuxer_left_options(demuxer), vf_demuxer_format(demuxer),
                                      find_codec(source));
    if (!err && source->decoder && is_joining)
        vf_decoder_restart(source->decoder, at_us);
    return err;
}

/* Says what has been opened, and what decodes it. */
static void tell_opened(const struct vf_media_source *source)
{
    struct vf_text streams = {0};
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        const AVStream *stream = vf_demuxer_stream(source->demuxer, kind);
        if (!stream || kind == VF_STREAM_PACKETS) /* which are those of a stream before */
            continue;
        const AVCodecParameters *parameters = stream->codecpar;
        vf_text_print(&streams, "%s%s", streams.length ? ", " : "",
                      avcodec_get_name(parameters->codec_id));
        if (parameters->codec_type == AVMEDIA_TYPE_VIDEO)
            vf_text_print(&streams, " %dx%d", parameters->width, parameters->height);
        if (kind == VF_STREAM_VIDEO && source->decoder)
            vf_text_print(&streams, " decoded by %s", vf_decoder_codec(source->decoder)->name);
    }
    vf_log(VF_LOG_INFO, "%s is open: %s; in %s", vf_demuxer_path(source->demuxer),
           streams.bytes ? streams.bytes : "packets",
           vf_demuxer_format(source->demuxer)->iformat->name);
    vf_text_finish(&streams);
}

int vf_media_source_open(struct vf_media_source *source, const struct vf_made *made)
{
    char problem[256];
    struct vf_reconnect_wish *wish = &source->outage.wish;
    int err =
        vf_reconnect_option_read(&source->settings->reconnect, wish, problem, sizeof(problem));
    if (err)
        return err;
    source->outage.name = source->path;
    source->outage.is_shared = true;
    bool may_retry =
        vf_connection_is_remote(source->path) &&
        (wish->when == VF_RECONNECT_TRUE || (wish->when == VF_RECONNECT_AUTO && made->count));
    struct vf_message last = {
        .description = {.timestamp = made->timestamp, .time_base = made->time_base}};
    source->reached_us = made->is_rising ? vf_media_start_us(&last) : INT64_MIN;
    source->heard_ns = vf_clock_now_ns();
    vf_media_log_hush(may_retry);
    err = connect_once(source, may_retry);
    vf_media_log_hush(false);
    if (err < 0 && may_retry && !is_hopeless(err))
        err = connect_late(source, err);
    if (!err)
        err = start_decoder(source);
    if (!err)
        tell_opened(source);
    return err;
}

void vf_media_source_close(struct vf_media_source *source)
{
    vf_decoder_destroy(&source->decoder);
    vf_demuxer_destroy(&source->demuxer);
}

/* Says in words how the connection has ended. */
static void describe_end(const struct vf_media_source *source, char *cause, size_t size)
{
    switch (vf_demuxer_end(source->demuxer)) {
    case VF_DEMUXER_CLOSED:
        snprintf(cause, size, "was closed by the other side");
        break;
    case VF_DEMUXER_SILENT:
        snprintf(cause, size, "has been silent for %.1f s",
                 (double)source->settings->timeout / VF_NS_PER_S);
        break;
    case VF_DEMUXER_LOST:
    default:
        snprintf(cause, size, "was lost (%s)", vf_demuxer_end_reason(source->demuxer).text);
        break;
    }
}

/* One that was closed has come to its end. */
static void tell_loss(const struct vf_media_source *source)
{
    char cause[LONGEST_CAUSE];
    if (vf_demuxer_end(source->demuxer) == VF_DEMUXER_CLOSED)
        return;
    describe_end(source, cause, sizeof(cause));
    vf_outage_tell_loss(source->run, source->path, vf_demuxer_life(source->demuxer).heard_ns,
                        cause);
}

bool vf_media_source_returns(const struct vf_media_source *source)
{
    if (!vf_demuxer_is_live(source->demuxer))
        return false;
    enum vf_reconnect_when when = source->outage.wish.when;
    bool is_closed = vf_demuxer_end(source->demuxer) == VF_DEMUXER_CLOSED;
    if (when == VF_RECONNECT_TRUE)
        return true;
    if (when == VF_RECONNECT_AUTO && (!is_closed || source->run->is_realtime))
        return true;
    tell_loss(source);
    vf_demuxer_report_end(source->demuxer);
    return false;
}

/* Notes what is needed to go on once it is back. */
static void lose(struct vf_media_source *source)
{
    struct vf_demuxer_life life = vf_demuxer_life(source->demuxer);
    if (life.reached_us > source->reached_us) {
        source->reached_us = life.reached_us;
        source->heard_ns = life.heard_ns;
    }
    char cause[LONGEST_CAUSE];
    describe_end(source, cause, sizeof(cause));
    vf_outage_begin(&source->outage, source->run, life.heard_ns, cause, "connecting again");
}

int vf_media_source_reopen(struct vf_media_source *source)
{
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        source->wants[kind] =
            source->wants[kind] && vf_demuxer_stream(source->demuxer, kind) != NULL;
    lose(source);
    vf_media_source_close(source);
    int err = connect_again(source);
    return err ? err : start_decoder(source);
}
