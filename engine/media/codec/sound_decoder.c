/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/sound_decoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/error.h"
#include "engine/node/node.h"

struct vf_sound_decoder {
    struct vf_node_run *run;
    struct vf_sound_sink sink;
    AVCodecParameters *source;
    AVRational time_base;  /* of the packets */
    AVCodecContext *codec; /* NULL: what comes now cannot be decoded */
    AVFrame *frame;
};

int vf_sound_decoder_create(struct vf_sound_decoder **decoder, struct vf_node_run *run,
                            const struct vf_sound_sink *sink)
{
    vf_media_log_redirect();
    struct vf_sound_decoder *made = *decoder = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->run = run;
    made->sink = *sink;
    made->frame = av_frame_alloc();
    if (made->frame)
        return VF_OK;
    vf_sound_decoder_destroy(decoder);
    return -ENOMEM;
}

void vf_sound_decoder_destroy(struct vf_sound_decoder **decoder)
{
    if (!*decoder)
        return;
    avcodec_parameters_free(&(*decoder)->source);
    avcodec_free_context(&(*decoder)->codec);
    av_frame_free(&(*decoder)->frame);
    free(*decoder);
    *decoder = NULL;
}

static int open_codec(struct vf_sound_decoder *decoder, const AVCodec *codec)
{
    decoder->codec = avcodec_alloc_context3(codec);
    int code = decoder->codec ? avcodec_parameters_to_context(decoder->codec, decoder->source)
                              : AVERROR(ENOMEM);
    if (code < 0)
        return vf_media_error(code);
    decoder->codec->pkt_timebase = decoder->time_base;
    code = avcodec_open2(decoder->codec, codec, NULL);
    if (code >= 0)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot decode sound (%s): %s", codec->name,
           vf_media_error_text(code).text);
    return vf_media_error(code);
}

int vf_sound_decoder_open(struct vf_sound_decoder *decoder, const AVCodecParameters *parameters,
                          AVRational time_base)
{
    int err = vf_sound_decoder_send(decoder, NULL);
    avcodec_free_context(&decoder->codec);
    avcodec_parameters_free(&decoder->source);
    if (err)
        return err;
    decoder->time_base = time_base;
    decoder->source = avcodec_parameters_alloc();
    if (!decoder->source || avcodec_parameters_copy(decoder->source, parameters) < 0)
        return -ENOMEM;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec) {
        vf_log(
            VF_LOG_ERROR,
            "this libavcodec has no decoder for %s sound; a video_writer can copy it (audio: copy)",
            avcodec_get_name(parameters->codec_id));
        return -ENOTSUP;
    }
    err = open_codec(decoder, codec);
    if (err)
        avcodec_free_context(&decoder->codec);
    return err;
}

const AVCodecParameters *vf_sound_decoder_source(const struct vf_sound_decoder *decoder)
{
    return decoder->source;
}

AVRational vf_sound_decoder_time_base(const struct vf_sound_decoder *decoder)
{
    return decoder->time_base;
}

const AVCodecContext *vf_sound_decoder_context(const struct vf_sound_decoder *decoder)
{
    return decoder->codec;
}

static void report_damage(struct vf_sound_decoder *decoder, const AVPacket *packet, int code)
{
    int64_t time_us = packet ? vf_media_packet_start_us(packet) : INT64_MIN;
    const struct vf_media_text why = vf_media_error_text(code);
    if (time_us == INT64_MIN)
        vf_node_report_error(decoder->run, "sound cannot be decoded (%s): it is silent", why.text);
    else
        vf_node_report_error(decoder->run,
                             "the sound at %.3f s cannot be decoded (%s): it is silent",
                             (double)time_us / AV_TIME_BASE, why.text);
}

int vf_sound_decoder_send(struct vf_sound_decoder *decoder, const AVPacket *packet)
{
    if (!decoder->codec)
        return VF_OK;
    int code = avcodec_send_packet(decoder->codec, packet), err = VF_OK;
    if (code < 0 && code != AVERROR_EOF)
        report_damage(decoder, packet, code);
    while (!err &&
           (code = avcodec_receive_frame(decoder->codec, decoder->frame)) != AVERROR(EAGAIN) &&
           code != AVERROR_EOF) {
        if (code < 0) {
            report_damage(decoder, packet, code);
            break;
        }
        decoder->frame->time_base = decoder->time_base;
        err = decoder->sink.take(decoder->sink.context, decoder->frame);
        av_frame_unref(decoder->frame);
    }
    return err;
}

void vf_sound_decoder_restart(struct vf_sound_decoder *decoder)
{
    if (decoder->codec)
        avcodec_flush_buffers(decoder->codec);
}
