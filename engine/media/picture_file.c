/* SPDX-License-Identifier: MIT */
#include "engine/node/picture_file.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/media_error.h"
#include "engine/media/media_frame.h"
#include "engine/media/scaler.h"

/* The nearest that a PNG file can have. */
static enum AVPixelFormat choose_format(const AVCodec *codec, const AVFrame *frame)
{
    return avcodec_find_best_pix_fmt_of_list(codec->pix_fmts, frame->format, 1, NULL);
}

static int convert(const AVFrame *source, enum AVPixelFormat format, AVFrame **converted)
{
    struct vf_scaler *scaler = NULL;
    AVFrame *target = av_frame_alloc();
    int err = target ? VF_OK : -ENOMEM;
    if (!err) {
        target->format = format;
        target->width = source->width;
        target->height = source->height;
        err = vf_media_error(av_frame_get_buffer(target, 0));
    }
    if (err >= 0)
        err = vf_scaler_create(&scaler, VF_SCALER_BICUBIC);
    if (err >= 0)
        err = vf_scaler_draw(scaler, source, target);
    vf_scaler_destroy(&scaler);
    if (err < 0)
        av_frame_free(&target);
    *converted = target;
    return err;
}

static int copy(const AVPacket *packet, uint8_t **bytes, size_t *size)
{
    *size = (size_t)packet->size;
    *bytes = malloc(*size);
    if (!*bytes)
        return -ENOMEM;
    memcpy(*bytes, packet->data, *size);
    return VF_OK;
}

static int encode(const AVCodec *codec, const AVFrame *frame, uint8_t **bytes, size_t *size)
{
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    int code = context && packet ? 0 : AVERROR(ENOMEM);
    if (code >= 0) {
        context->pix_fmt = frame->format;
        context->width = frame->width;
        context->height = frame->height;
        context->time_base = (AVRational){1, 1};
        code = avcodec_open2(context, codec, NULL);
    }
    if (code >= 0)
        code = avcodec_send_frame(context, frame);
    if (code >= 0)
        code = avcodec_receive_packet(context, packet);
    int err = code < 0 ? vf_media_error(code) : copy(packet, bytes, size);
    av_packet_free(&packet);
    avcodec_free_context(&context);
    return err;
}

int vf_picture_file_make(const struct vf_message *message, uint8_t **bytes, size_t *size)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVFrame *frame = NULL, *converted = NULL;
    if (!codec || !codec->pix_fmts)
        return -ENOTSUP;
    vf_media_log_redirect();
    int err = vf_media_frame_from_message(&frame, message);
    if (!err)
        err = convert(frame, choose_format(codec, frame), &converted);
    if (converted)
        err = encode(codec, converted, bytes, size);
    av_frame_free(&converted);
    av_frame_free(&frame);
    return err;
}
