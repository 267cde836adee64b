/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/preview.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/media/draw/canvas.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/picture/scaler.h"
#include "engine/message/message.h"

#define LINE_WIDTH 2 /* pixels, on a picture of up to this many: */
#define LINE_WIDTH_OF 640

struct vf_preview {
    struct vf_preview_settings settings;
    AVCodecContext *context; /* NULL until a frame comes */
    struct vf_scaler *scaler;
    AVFrame *small;
    AVPacket *packet;
};

/* Colours that can be told apart, also by those who do not see all of them: Okabe and Ito, Color
 * Universal Design (2008), jfly.uni-koeln.de/color. */
static const struct vf_colour colours[] = {
    {230, 159, 0, 255},  {86, 180, 233, 255}, {0, 158, 115, 255},
    {240, 228, 66, 255}, {213, 94, 0, 255},   {204, 121, 167, 255},
};

int vf_preview_create(struct vf_preview **preview, const struct vf_preview_settings *settings)
{
    struct vf_preview *made = calloc(1, sizeof(*made));
    *preview = made;
    if (!made)
        return -ENOMEM;
    made->settings = *settings;
    made->packet = av_packet_alloc();
    int err = made->packet ? vf_scaler_create(&made->scaler, VF_SCALER_BILINEAR) : -ENOMEM;
    if (err)
        vf_preview_destroy(preview);
    return err;
}

void vf_preview_destroy(struct vf_preview **preview)
{
    struct vf_preview *gone = *preview;
    if (!gone)
        return;
    avcodec_free_context(&gone->context);
    vf_scaler_destroy(&gone->scaler);
    av_frame_free(&gone->small);
    av_packet_free(&gone->packet);
    free(gone);
    *preview = NULL;
}

/* Returns the size of the JPEG: that of a frame as it is to be shown, with square pixels. */
static void fit(const struct vf_preview *preview, const AVFrame *frame, int *width, int *height)
{
    AVRational shape = frame->sample_aspect_ratio;
    double ratio = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1;
    double shown = frame->width * ratio;
    double scale = shown > preview->settings.width ? preview->settings.width / shown : 1;
    *width = (int)lround(shown * scale);
    *height = (int)lround(frame->height * scale);
    *width = *width < 1 ? 1 : *width > UINT16_MAX ? UINT16_MAX : *width; /* what a JPEG can have */
    *height = *height < 1 ? 1 : *height > UINT16_MAX ? UINT16_MAX : *height;
}

static int allocate(struct vf_preview *preview, int width, int height)
{
    AVFrame *small = preview->small;
    if (small && small->width == width && small->height == height)
        return av_frame_make_writable(small) < 0 ? -ENOMEM : VF_OK;
    av_frame_free(&preview->small);
    avcodec_free_context(&preview->context);
    preview->small = small = av_frame_alloc();
    if (!small)
        return -ENOMEM;
    small->format = AV_PIX_FMT_YUVJ420P;
    small->width = width;
    small->height = height;
    return av_frame_get_buffer(small, 0) < 0 ? -ENOMEM : VF_OK;
}

static int open_codec(struct vf_preview *preview)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *context = preview->context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return codec ? -ENOMEM : -ENOTSUP;
    double percent = preview->settings.quality < 50 ? 5000.0 / preview->settings.quality
                                                    : 200.0 - 2.0 * preview->settings.quality;
    int steps = (int)lround(percent * 0.16); /* picture_encoder.c says where that comes from */
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->global_quality = (steps < 1 ? 1 : steps > 31 ? 31 : steps) * FF_QP2LAMBDA;
    context->qmin = 1;
    context->pix_fmt = AV_PIX_FMT_YUVJ420P;
    context->color_range = AVCOL_RANGE_JPEG;
    context->width = preview->small->width;
    context->height = preview->small->height;
    context->time_base = (AVRational){1, 25};
    context->thread_count = 1;
    int code = avcodec_open2(context, codec, NULL);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

static int place(double value, double scale, int limit)
{
    double scaled = value * scale;
    return !(scaled > -limit) ? -limit : scaled > 2.0 * limit ? 2 * limit : (int)lround(scaled);
}

static int draw(struct vf_preview *preview, const AVFrame *frame,
                const struct vf_preview_box *boxes, size_t count)
{
    struct vf_canvas canvas = {0};
    AVFrame *small = preview->small;
    double across = (double)small->width / frame->width,
           down = (double)small->height / frame->height;
    int line = LINE_WIDTH * (1 + small->width / (LINE_WIDTH_OF + 1));
    int err = count ? vf_canvas_init(&canvas, small) : VF_OK;
    for (size_t i = 0; !err && i < count; i++) {
        struct vf_rectangle box = {.x = place(boxes[i].left, across, small->width),
                                   .y = place(boxes[i].top, down, small->height)};
        box.width = place(boxes[i].right, across, small->width) - box.x;
        box.height = place(boxes[i].bottom, down, small->height) - box.y;
        vf_canvas_outline(&canvas, &box, line, &colours[boxes[i].colour % VF_COUNT(colours)]);
    }
    vf_canvas_finish(&canvas);
    return err;
}

static int encode(struct vf_preview *preview)
{
    int err = preview->context ? VF_OK : open_codec(preview);
    if (err) {
        avcodec_free_context(&preview->context);
        return err;
    }
    preview->small->pts = AV_NOPTS_VALUE;
    preview->small->quality = preview->context->global_quality;
    preview->small->pict_type = AV_PICTURE_TYPE_NONE;
    av_packet_unref(preview->packet);
    int code = avcodec_send_frame(preview->context, preview->small);
    if (code >= 0)
        code = avcodec_receive_packet(preview->context, preview->packet);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_preview_make(struct vf_preview *preview, const struct vf_message *message,
                    const struct vf_preview_box *boxes, size_t box_count, const uint8_t **bytes,
                    size_t *size)
{
    AVFrame *frame = NULL;
    int width, height;
    int err = vf_media_frame_from_message(&frame, message);
    if (!err && !vf_scaler_can_draw(AV_PIX_FMT_YUVJ420P))
        err = -ENOTSUP;
    if (!err) {
        fit(preview, frame, &width, &height);
        err = allocate(preview, width, height);
    }
    if (!err)
        err = vf_scaler_draw(preview->scaler, frame, preview->small);
    if (!err)
        err = draw(preview, frame, boxes, box_count);
    av_frame_free(&frame);
    if (!err)
        err = encode(preview);
    if (err)
        return err;
    *bytes = preview->packet->data;
    *size = (size_t)preview->packet->size;
    return VF_OK;
}
