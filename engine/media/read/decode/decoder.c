/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/decoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>

#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/media/libav/picture.h"
#include "engine/media/read/decode/decoder_choice.h"
#include "engine/media/read/decode/faults.h"
#include "engine/media/read/decode/hardware_decoding.h"
#include "engine/media/read/decode/picture_turn.h"
#include "engine/media/read/open/input_options.h"
#include "engine/node/node.h"

#define MAX_FAILURES 100000 /* one after the other: a decoder that gets nowhere */

struct vf_decoder {
    struct vf_node_run *run;
    AVCodecContext *context;
    AVFrame *frame;
    AVRational time_base, frame_rate;
    AVRational pixel_shape; /* as the container says, which goes before what pictures say; 0/1: it
                               does not */
    int64_t next_timestamp; /* of a frame that brings none */
    int64_t from;           /* frames before are left out */
    unsigned failures;      /* since the last frame */
    atomic_uint kept;       /* payloads that the codec has: what waits to be sent is not its own */
    bool is_draining, is_skipping, has_skipped;
    bool needs_key; /* since the restart none has come, and what came lacks what it refers to */
    bool is_timed;  /* whether that timestamp is known */
    bool is_strict; /* what has a fault is nothing, and the caller reports it */
    struct vf_faults faults;
    struct vf_hardware_decoding hardware;
    struct vf_turn turn; /* of every picture; {0}: none */
    bool is_autorotating, has_told_turn;
    const struct vf_records *extras; /* of every frame */
};

/* Returns whether the codec may have one more payload. What the plan has for those that are on
 * their way is not for it to keep: a copy needs one of them. */
static bool may_keep_more(struct vf_decoder *decoder)
{
    unsigned keeps = decoder->run->keeps;
    return !keeps || atomic_load(&decoder->kept) < keeps;
}

/* Called by libavcodec's threads, under its locks: it must never wait. */
static int get_buffer(AVCodecContext *context, AVFrame *frame, int flags)
{
    struct vf_decoder *decoder = vf_faults_owner(context);
    int width = frame->width, height = frame->height;
    int unused[AV_NUM_DATA_POINTERS]; /* ours are aligned better than any codec asks for */
    avcodec_align_dimensions2(context, &width, &height, unused);
    struct vf_picture_layout layout;
    struct vf_payload *payload = NULL;
    bool is_direct = context->codec->capabilities & AV_CODEC_CAP_DR1 &&
                     context->codec_type == AVMEDIA_TYPE_VIDEO && !context->hw_frames_ctx &&
                     vf_turn_is_none(&decoder->turn) && may_keep_more(decoder) &&
                     vf_picture_layout_init(&layout, frame->format, width, height) == VF_OK &&
                     vf_node_try_allocate(decoder->run, layout.size, &payload) == VF_OK;
    if (!is_direct)
        return avcodec_default_get_buffer2(context, frame, flags);
    int err = vf_picture_attach(frame, &layout, &payload);
    if (!err)
        vf_payload_buffer_count(frame->buf[0], &decoder->kept);
    vf_payload_drop(&payload);
    return err ? AVERROR(ENOMEM) : 0;
}

static void allow_threads(AVCodecContext *context, unsigned threads)
{
    context->thread_count = (int)threads;
    context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
#if LIBAVCODEC_VERSION_MAJOR < 60
    /* Else every frame's memory is asked for by way of the main thread. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    context->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
}

static enum AVPixelFormat get_format(AVCodecContext *context, const enum AVPixelFormat *offered)
{
    struct vf_decoder *decoder = vf_faults_owner(context);
    return vf_hardware_choose_format(&decoder->hardware, (const int *)offered);
}

static int prepare_context(struct vf_decoder *decoder, const AVCodec *codec, const AVStream *stream,
                           unsigned threads)
{
    decoder->context = avcodec_alloc_context3(codec);
    if (!decoder->context || avcodec_parameters_to_context(decoder->context, stream->codecpar) < 0)
        return -ENOMEM;
    decoder->context->get_buffer2 = get_buffer;
    decoder->context->pkt_timebase = stream->time_base;
    decoder->context->framerate = stream->avg_frame_rate;
    allow_threads(decoder->context, threads);
    int err = vf_faults_init(&decoder->faults, decoder->context, decoder, threads);
    if (err)
        return err;
    err = vf_hardware_open(&decoder->hardware, decoder->context, codec);
    if (decoder->hardware.device)
        decoder->context->get_format = get_format;
    return err;
}

static int open_context(struct vf_decoder *decoder, const AVStream *stream,
                        const struct vf_media_settings *settings, unsigned threads)
{
    const char *name = avcodec_get_name(stream->codecpar->codec_id);
    const AVCodec *codec = vf_decoder_choose(settings, stream, true);
    AVDictionary *options = NULL;
    if (!codec) {
        vf_log(VF_LOG_ERROR, "this libavcodec has no decoder for %s", name);
        return -ENOTSUP;
    }
    int err = prepare_context(decoder, codec, stream, threads);
    if (!err)
        err = vf_input_decoder_options(settings, codec, &options);
    if (err)
        return err;
    /* Half a JPEG is no error otherwise; but half of what TIFFs have would be one. */
    if (decoder->is_strict && codec->id == AV_CODEC_ID_MJPEG)
        decoder->context->err_recognition |= AV_EF_EXPLODE;
    int code = avcodec_open2(decoder->context, codec, &options);
    av_dict_free(&options);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot open the %s decoder: %s", name,
               vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_decoder_create(struct vf_decoder **decoder, struct vf_node_run *run, const AVStream *stream,
                      const struct vf_media_settings *settings, unsigned threads)
{
    vf_media_log_redirect();
    struct vf_decoder *made = calloc(1, sizeof(*made));
    *decoder = made;
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->is_timed = true;
    made->from = INT64_MIN;
    made->is_strict = settings->is_strict;
    made->time_base = stream->time_base;
    made->frame_rate = stream->avg_frame_rate.num ? stream->avg_frame_rate : stream->r_frame_rate;
    made->pixel_shape = stream->sample_aspect_ratio;
    made->hardware.wish = settings->hw;
    made->is_autorotating = settings->autorotate;
    if (settings->autorotate)
        made->turn = vf_turn_of_stream(stream);
    made->frame = av_frame_alloc();
    int err = made->frame ? open_context(made, stream, settings, threads) : -ENOMEM;
    if (err)
        vf_decoder_destroy(decoder);
    return err;
}

void vf_decoder_destroy(struct vf_decoder **decoder)
{
    if (!*decoder)
        return;
    avcodec_free_context(&(*decoder)->context);
    vf_faults_finish(&(*decoder)->faults);
    av_frame_free(&(*decoder)->frame);
    free(*decoder);
    *decoder = NULL;
    vf_media_log_flush();
}

bool vf_decoder_is_intra_only(const struct vf_decoder *decoder)
{
    const AVCodecDescriptor *codec = avcodec_descriptor_get(decoder->context->codec_id);
    return codec && codec->props & AV_CODEC_PROP_INTRA_ONLY;
}

const AVCodec *vf_decoder_codec(const struct vf_decoder *decoder)
{
    return decoder->context->codec;
}

bool vf_decoder_has_skipped(const struct vf_decoder *decoder)
{
    return decoder->has_skipped;
}

static double seconds(const struct vf_decoder *decoder, int64_t timestamp)
{
    return (double)timestamp * av_q2d(decoder->time_base);
}

/* Tells of what could not be decoded, up to a time. */
static void tell_faults(struct vf_decoder *decoder, int64_t until)
{
    int64_t time;
    while (vf_faults_take(&decoder->faults, until, &time)) {
        if (!decoder->is_strict)
            vf_node_report_error(decoder->run, "the frame at %.3f s is damaged",
                                 seconds(decoder, time));
    }
}

void vf_decoder_begin(struct vf_decoder *decoder)
{
    vf_faults_begin(&decoder->faults, true);
}

void vf_decoder_restart(struct vf_decoder *decoder, int64_t at_us)
{
    tell_faults(decoder, INT64_MAX);
    avcodec_flush_buffers(decoder->context);
    vf_faults_begin(&decoder->faults, true);
    decoder->is_draining = decoder->has_skipped = false;
    decoder->is_skipping = true;
    decoder->is_timed = at_us != INT64_MIN;
    decoder->needs_key = !decoder->is_timed;
    decoder->next_timestamp =
        decoder->is_timed ? av_rescale_q(at_us, AV_TIME_BASE_Q, decoder->time_base) : 0;
}

void vf_decoder_jump(struct vf_decoder *decoder)
{
    tell_faults(decoder, INT64_MAX);
    avcodec_flush_buffers(decoder->context);
    vf_faults_begin(&decoder->faults, true);
    decoder->is_draining = false;
}

void vf_decoder_leave_out(struct vf_decoder *decoder, int64_t until)
{
    decoder->from = until;
}

/* Tells of data that cannot be decoded; whatever else fails, fails the task. */
static int judge_failure(struct vf_decoder *decoder, int code, int64_t timestamp)
{
    if (decoder->hardware.has_failed)
        return -ENODEV;
    if (code == AVERROR(ENOMEM) || ++decoder->failures > MAX_FAILURES) {
        vf_log(VF_LOG_ERROR, "cannot decode: %s", vf_media_error_text(code).text);
        return vf_media_error(code);
    }
    if (decoder->is_strict)
        return -EBADMSG;
    if (vf_faults_refuse(&decoder->faults, &timestamp))
        vf_node_report_error(decoder->run, "data near %.3f s cannot be decoded: %s",
                             seconds(decoder, timestamp), vf_media_error_text(code).text);
    return VF_OK;
}

int vf_decoder_send(struct vf_decoder *decoder, const AVPacket *packet)
{
    decoder->is_draining = !packet;
    if (!vf_faults_has_room(&decoder->faults))
        tell_faults(decoder, INT64_MIN);
    if (packet)
        vf_faults_note(&decoder->faults, packet);
    int code = avcodec_send_packet(decoder->context, packet);
    vf_faults_collect(&decoder->faults);
    if (code >= 0 || code == AVERROR_EOF)
        return VF_OK;
    bool is_timed = packet && packet->dts != AV_NOPTS_VALUE;
    return judge_failure(decoder, code, is_timed ? packet->dts : decoder->next_timestamp);
}

static int64_t frame_duration(const struct vf_decoder *decoder)
{
    int64_t duration = vf_compat_frame_duration(decoder->frame);
    if (duration <= 0 && decoder->frame_rate.num > 0 && decoder->frame_rate.den > 0)
        duration = av_rescale_q(1, av_inv_q(decoder->frame_rate), decoder->time_base);
    return duration > 0 ? duration : 1;
}

struct vf_rational vf_decoder_rate(const struct vf_decoder *decoder)
{
    return (struct vf_rational){decoder->frame_rate.num, decoder->frame_rate.den};
}

static void set_times(struct vf_decoder *decoder)
{
    AVFrame *frame = decoder->frame;
    frame->pts = frame->best_effort_timestamp;
    decoder->is_timed = decoder->is_timed || frame->pts != AV_NOPTS_VALUE;
    if (frame->pts == AV_NOPTS_VALUE)
        frame->pts = decoder->next_timestamp;
    frame->time_base = decoder->time_base;
    if (decoder->pixel_shape.num > 0)
        frame->sample_aspect_ratio = decoder->pixel_shape;
    decoder->next_timestamp = frame->pts + frame_duration(decoder);
}

/* Returns VF_OK with a frame that is wanted, or as vf_decoder_receive(). */
static int next_frame(struct vf_decoder *decoder)
{
    for (;;) {
        int code = avcodec_receive_frame(decoder->context, decoder->frame);
        vf_faults_collect(&decoder->faults);
        if (code == AVERROR(EAGAIN))
            return -EAGAIN;
        if (code == AVERROR_EOF) {
            tell_faults(decoder, INT64_MAX);
            return VF_END;
        }
        if (code < 0) {
            int err = judge_failure(decoder, code, decoder->next_timestamp);
            if (err)
                return err;
            continue;
        }
        decoder->failures = 0;
        set_times(decoder);
        decoder->needs_key = decoder->needs_key && !vf_compat_is_key(decoder->frame);
        bool is_early = decoder->is_skipping && decoder->frame->pts < 0;
        bool is_sound = decoder->is_timed && !decoder->needs_key;
        bool is_left_out = decoder->frame->pts < decoder->from;
        if (is_sound && !is_early && !is_left_out)
            return VF_OK;
        if (is_left_out)
            tell_faults(decoder, decoder->frame->pts);
        decoder->has_skipped = decoder->has_skipped || is_sound;
        av_frame_unref(decoder->frame);
    }
}

/* Turns a picture if it is to be. Returns VF_OK with *turned NULL when it stays as it is. */
static int turn_frame(struct vf_decoder *decoder, const AVFrame *frame, AVFrame **turned)
{
    struct vf_turn turn = decoder->turn;
    vf_turn_of_frame(&turn, frame);
    if (vf_turn_is_none(&turn))
        return VF_OK;
    int err = vf_turn_apply(&turn, decoder->run, frame, turned);
    if (err != -ENOTSUP)
        return err;
    if (!decoder->has_told_turn)
        vf_log(VF_LOG_WARNING, "pictures of format %s cannot be turned; they stay as they are",
               av_get_pix_fmt_name(frame->format));
    decoder->has_told_turn = true;
    return VF_OK;
}

static int to_message(struct vf_decoder *decoder, AVFrame *frame, struct vf_message **message)
{
    AVFrame *turned = NULL;
    struct vf_rational rate = vf_decoder_rate(decoder);
    int err = decoder->is_autorotating ? turn_frame(decoder, frame, &turned) : VF_OK;
    AVFrame *made = turned ? turned : frame;
    if (!err)
        err = vf_frame_facts_attach(made, decoder->extras);
    if (!err)
        err = vf_media_frame_to_message(decoder->run, made, rate, message);
    av_frame_free(&turned);
    return err;
}

static int download_to_message(struct vf_decoder *decoder, struct vf_message **message)
{
    AVFrame *downloaded = NULL;
    int err = vf_hardware_download(&decoder->hardware, decoder->run, decoder->frame, &downloaded);
    if (!err)
        err = to_message(decoder, downloaded, message);
    av_frame_free(&downloaded);
    return err;
}

int vf_decoder_receive(struct vf_decoder *decoder, struct vf_message **message)
{
    *message = NULL;
    int err = next_frame(decoder);
    if (!err)
        err = VF_FAILPOINT("decode.frame");
    if (err)
        return err;
    AVFrame *frame = decoder->frame;
    bool is_damaged = frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags;
    if (is_damaged && decoder->is_strict) {
        av_frame_unref(decoder->frame);
        return -EBADMSG;
    }
    if (is_damaged)
        vf_faults_note_frame(&decoder->faults, frame);
    tell_faults(decoder, frame->pts);
    if (vf_hardware_has(&decoder->hardware, frame))
        err = download_to_message(decoder, message);
    else
        err = to_message(decoder, frame, message);
    av_frame_unref(decoder->frame);
    return err;
}

void vf_decoder_set_extras(struct vf_decoder *decoder, const struct vf_records *extras)
{
    decoder->extras = extras;
}

bool vf_decoder_is_turning(const struct vf_decoder *decoder)
{
    return decoder->is_autorotating && !vf_turn_is_none(&decoder->turn);
}
