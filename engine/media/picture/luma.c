/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/luma.h"

#include <errno.h>
#include <libavutil/avconfig.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/libav/colour.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"

#define STRANGE_FORMATS                                                    \
    (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL | \
     AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT)

/* Adds a row of samples to the sums of the columns. */
static void add_bytes(uint32_t *restrict sums, const uint8_t *restrict row, size_t width)
{
    for (size_t x = 0; x < width; x++)
        sums[x] += row[x];
}

static void add_words(uint32_t *restrict sums, const uint16_t *restrict row, size_t width)
{
    for (size_t x = 0; x < width; x++)
        sums[x] += row[x];
}

/* Adds each two neighbours: halves the row. */
static void add_pairs(uint32_t *restrict halves, const uint32_t *restrict sums, size_t count)
{
    for (size_t x = 0; x < count; x++)
        halves[x] = sums[2 * x] + sums[2 * x + 1];
}

static void to_means(float *restrict means, const uint32_t *restrict sums, size_t count,
                     float factor)
{
    for (size_t x = 0; x < count; x++)
        means[x] = (float)(int32_t)sums[x] * factor;
}

static void add_groups(uint32_t *restrict groups, const uint32_t *restrict sums, size_t count,
                       size_t length)
{
    for (size_t x = 0; x < count; x++) {
        uint32_t sum = 0;
        for (size_t i = 0; i < length; i++)
            sum += sums[x * length + i];
        groups[x] = sum;
    }
}

/* The sums of the columns become those of squares: those of `divisor` columns. `spare` is as long.
 * Lends the one of the two that has them. */
static const uint32_t *add_columns(uint32_t *sums, uint32_t *spare, size_t width, int divisor)
{
    int left = divisor;
    for (; left % 2 == 0; left /= 2) {
        add_pairs(spare, sums, width * (size_t)left / 2);
        uint32_t *halves = spare;
        spare = sums;
        sums = halves;
    }
    if (left == 1)
        return sums;
    add_groups(spare, sums, width, (size_t)left);
    return spare;
}

static bool has_luma_plane(int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    if (!descriptor || descriptor->flags & STRANGE_FORMATS)
        return false;
    const AVComponentDescriptor *luma = &descriptor->comp[0];
    bool is_wide = luma->depth > 8, is_big_endian = descriptor->flags & AV_PIX_FMT_FLAG_BE;
    return luma->plane == 0 && luma->offset == 0 && luma->depth >= 8 && luma->depth <= 16 &&
           luma->step == (is_wide ? 2 : 1) && (!is_wide || is_big_endian == AV_HAVE_BIGENDIAN);
}

bool vf_luma_is_in_bytes(int format)
{
    return has_luma_plane(format) && av_pix_fmt_desc_get(format)->comp[0].depth == 8;
}

static int make_room(struct vf_luma *luma, int width, int height, int columns)
{
    size_t count = (size_t)width * (size_t)height;
    size_t sums_size = 2 * (size_t)columns * sizeof(uint32_t);
    if (count > luma->room) {
        float *samples = realloc(luma->samples, count * sizeof(*samples));
        if (!samples)
            return -ENOMEM;
        luma->samples = samples;
        luma->room = count;
    }
    if (sums_size > luma->sums_size) {
        void *sums = realloc(luma->sums, sums_size);
        if (!sums)
            return -ENOMEM;
        luma->sums = sums;
        luma->sums_size = sums_size;
    }
    luma->width = width;
    luma->height = height;
    return VF_OK;
}

static void shrink(struct vf_luma *luma, const AVFrame *frame, int divisor)
{
    const AVComponentDescriptor *format = &av_pix_fmt_desc_get(frame->format)->comp[0];
    float most = (float)(((1U << (unsigned)format->depth) - 1U) << (unsigned)format->shift);
    float factor = 255.0F / most / (float)(divisor * divisor);
    size_t width = (size_t)luma->width, columns = width * (size_t)divisor;
    uint32_t *sums = luma->sums;
    for (int y = 0; y < luma->height; y++) {
        memset(sums, 0, columns * sizeof(*sums));
        for (int i = 0; i < divisor; i++) {
            const uint8_t *row = frame->data[0] + (ptrdiff_t)(y * divisor + i) * frame->linesize[0];
            if (format->depth > 8)
                add_words(sums, (const uint16_t *)(const void *)row, columns);
            else
                add_bytes(sums, row, columns);
        }
        to_means(luma->samples + (size_t)y * width,
                 add_columns(sums, sums + columns, width, divisor), width, factor);
    }
}

/* Of a picture without a luma plane. */
static int make_gray(struct vf_luma *luma, const AVFrame *frame, AVFrame **gray)
{
    int err = luma->scaler ? VF_OK : vf_scaler_create(&luma->scaler, VF_SCALER_AREA);
    *gray = err ? NULL : av_frame_alloc();
    if (!*gray)
        return err ? err : -ENOMEM;
    (*gray)->format = AV_PIX_FMT_GRAY8;
    (*gray)->width = luma->width;
    (*gray)->height = luma->height;
    err = av_frame_get_buffer(*gray, 0) == 0 ? vf_scaler_draw(luma->scaler, frame, *gray) : -ENOMEM;
    if (err)
        av_frame_free(gray);
    return err;
}

int vf_luma_read(struct vf_luma *luma, const struct vf_message *message, int divisor)
{
    AVFrame *frame, *gray = NULL;
    int err = vf_media_frame_from_message(&frame, message);
    if (err)
        return err;
    int shorter = frame->width < frame->height ? frame->width : frame->height;
    if (divisor > shorter)
        divisor = shorter;
    luma->divisor = divisor;
    err = make_room(luma, frame->width / divisor, frame->height / divisor, frame->width);
    if (!err && !has_luma_plane(frame->format)) {
        err = make_gray(luma, frame, &gray);
        divisor = 1;
    }
    if (!err)
        shrink(luma, gray ? gray : frame, divisor);
    luma->is_full = gray || frame->color_range == AVCOL_RANGE_JPEG ||
                    vf_colour_is_full_by_format(frame->format);
    av_frame_free(&gray);
    av_frame_free(&frame);
    return err;
}

void vf_luma_finish(struct vf_luma *luma)
{
    vf_scaler_destroy(&luma->scaler);
    free(luma->samples);
    free(luma->sums);
    *luma = (struct vf_luma){0};
}

int vf_luma_picture(struct vf_node_run *run, const uint8_t *bytes, int width, int height,
                    const struct vf_message *frame, struct vf_message **picture)
{
    AVFrame *gray = NULL;
    int err = vf_picture_create(&gray, run, AV_PIX_FMT_GRAY8, width, height);
    if (err)
        return err;
    for (int y = 0; y < height; y++)
        memcpy(gray->data[0] + (ptrdiff_t)y * gray->linesize[0], bytes + (size_t)y * (size_t)width,
               (size_t)width);
    err = vf_media_frame_to_message(run, gray, frame->description.video.frame_rate, picture);
    if (!err)
        vf_message_follow(*picture, frame);
    av_frame_free(&gray);
    return err;
}
