/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/picture_fit.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"

int vf_picture_fit_side(enum vf_picture_fit fit, int side, int multiple)
{
    int rest = side % multiple;
    if (!rest || fit == VF_PICTURE_FIT_NONE)
        return side;
    return fit == VF_PICTURE_FIT_CROP && side > multiple ? side - rest : side + multiple - rest;
}

static void repeat_columns(AVFrame *target, unsigned plane, int width, unsigned rows, int step)
{
    size_t begin = vf_picture_row_bytes(target->format, width, plane);
    size_t end = vf_picture_row_bytes(target->format, target->width, plane);
    for (unsigned row = 0; row < rows; row++) {
        uint8_t *bytes = target->data[plane] + (ptrdiff_t)row * target->linesize[plane];
        for (size_t i = begin; i < end; i++)
            bytes[i] = bytes[i - (size_t)step];
    }
}

static void repeat_rows(AVFrame *target, unsigned plane, unsigned rows)
{
    size_t size = vf_picture_row_bytes(target->format, target->width, plane);
    unsigned all = vf_picture_rows(target->format, target->height, plane);
    for (unsigned row = rows; row < all; row++) {
        uint8_t *bytes = target->data[plane] + (ptrdiff_t)row * target->linesize[plane];
        memcpy(bytes, bytes - target->linesize[plane], size);
    }
}

static void repeat_edges(AVFrame *target, int width, int height)
{
    int steps[4];
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(target->format);
    av_image_fill_max_pixsteps(steps, NULL, format);
    unsigned planes = (unsigned)av_pix_fmt_count_planes(target->format);
    bool has_bytes = !(format->flags & AV_PIX_FMT_FLAG_BITSTREAM);
    for (unsigned plane = 0; plane < planes; plane++) {
        unsigned rows = vf_picture_rows(target->format, height, plane);
        if (has_bytes)
            repeat_columns(target, plane, width, rows, steps[plane]);
        repeat_rows(target, plane, rows);
    }
}

int vf_picture_fit_pad(struct vf_scaler *scaler, const AVFrame *source, AVFrame *target)
{
    AVFrame *place = av_frame_alloc();
    if (!place)
        return -ENOMEM;
    place->format = target->format;
    place->width = source->width;
    place->height = source->height;
    memcpy(place->data, target->data, sizeof(place->data));
    memcpy(place->linesize, target->linesize, sizeof(place->linesize));
    int err = vf_scaler_draw(scaler, source, place);
    if (!err && av_frame_copy_props(target, place) < 0)
        err = -ENOMEM;
    if (!err)
        repeat_edges(target, source->width, source->height);
    av_frame_free(&place);
    return err;
}
