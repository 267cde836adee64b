/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/test_picture.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "engine/media/libav/compat.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"

#define COLOURS 8
#define NUMBER_BITS 32
#define BLACK 16
#define WHITE 235
#define GREY 128 /* no colour */

/* White, yellow, cyan, green, magenta, red, blue, black, at 75 % (ITU-R BT.601). */
static const uint8_t bars[3][COLOURS] = {
    {180, 162, 131, 112, 84, 65, 35, 16},
    {128, 44, 156, 72, 184, 100, 212, 128},
    {128, 142, 44, 58, 198, 212, 114, 128},
};

struct vf_test_picture {
    int format, width, height;
    struct vf_rational frame_rate;
    uint8_t *rows[3]; /* the bars, twice side by side, so that any part of them is one copy */
    AVFrame *drawn;   /* as yuv420p, where that is not the format itself */
    struct vf_scaler *scaler;
};

static int plane_width(const struct vf_test_picture *picture, int plane)
{
    return plane ? (picture->width + 1) / 2 : picture->width;
}

static int plane_height(const struct vf_test_picture *picture, int plane)
{
    return plane ? (picture->height + 1) / 2 : picture->height;
}

static int make_rows(struct vf_test_picture *picture)
{
    for (int plane = 0; plane < 3; plane++) {
        int width = plane_width(picture, plane);
        picture->rows[plane] = malloc(2 * (size_t)width);
        if (!picture->rows[plane])
            return -ENOMEM;
        for (int x = 0; x < 2 * width; x++)
            picture->rows[plane][x] = bars[plane][x % width * COLOURS / width];
    }
    return VF_OK;
}

static int prepare_conversion(struct vf_test_picture *picture)
{
    int err = vf_scaler_create(&picture->scaler, VF_SCALER_BICUBIC);
    if (err)
        return err;
    picture->drawn = av_frame_alloc();
    if (!picture->drawn)
        return -ENOMEM;
    picture->drawn->format = AV_PIX_FMT_YUV420P;
    picture->drawn->width = picture->width;
    picture->drawn->height = picture->height;
    return av_frame_get_buffer(picture->drawn, 0) < 0 ? -ENOMEM : VF_OK;
}

int vf_test_picture_create(struct vf_test_picture **picture, const char *format, int width,
                           int height, struct vf_rational frame_rate)
{
    struct vf_test_picture *made = calloc(1, sizeof(*made));
    *picture = made;
    if (!made)
        return -ENOMEM;
    made->format = vf_picture_format(format);
    made->width = width;
    made->height = height;
    made->frame_rate = frame_rate;
    int err = make_rows(made);
    if (!err && made->format != AV_PIX_FMT_YUV420P)
        err = prepare_conversion(made);
    if (err)
        vf_test_picture_destroy(picture);
    return err;
}

void vf_test_picture_destroy(struct vf_test_picture **picture)
{
    if (!*picture)
        return;
    for (int plane = 0; plane < 3; plane++)
        free((*picture)->rows[plane]);
    av_frame_free(&(*picture)->drawn);
    vf_scaler_destroy(&(*picture)->scaler);
    free(*picture);
    *picture = NULL;
}

static void fill(const struct vf_test_picture *picture, AVFrame *frame, const int box[4],
                 uint8_t luma)
{
    for (int plane = 0; plane < 3; plane++) {
        int shift = plane > 0;
        int right = box[0] + box[2], bottom = box[1] + box[3];
        int end_x = right > picture->width ? plane_width(picture, plane) : right >> shift;
        int end_y = bottom > picture->height ? plane_height(picture, plane) : bottom >> shift;
        for (int y = box[1] >> shift; y < end_y; y++) {
            uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
            for (int x = box[0] >> shift; x < end_x; x++)
                row[x] = plane ? GREY : luma;
        }
    }
}

static void draw_ramp(uint8_t *row, int width)
{
    for (int x = 0; x < width; x++)
        row[x] = (uint8_t)(BLACK + (WHITE - BLACK) * x / width);
}

static void draw_background(const struct vf_test_picture *picture, AVFrame *frame, int64_t number)
{
    for (int plane = 0; plane < 3; plane++) {
        int width = plane_width(picture, plane), height = plane_height(picture, plane);
        size_t shift = (size_t)(number * (plane ? 1 : 2) % width);
        for (int y = 0; y < height; y++) {
            uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
            if (y < height * 3 / 4)
                memcpy(row, picture->rows[plane] + shift, (size_t)width);
            else if (plane)
                memset(row, GREY, (size_t)width);
            else
                draw_ramp(row, width);
        }
    }
}

/* Goes from 0 to `range` and back, one step a frame. */
static int bounce(int64_t step, int range)
{
    if (range <= 0)
        return 0;
    int place = (int)(step % (2 * (int64_t)range));
    return place < range ? place : 2 * range - place;
}

static void draw_square(const struct vf_test_picture *picture, AVFrame *frame, int64_t number)
{
    int smaller = picture->width < picture->height ? picture->width : picture->height;
    int side = (smaller / 6 + 1) & ~1;
    const int box[4] = {bounce(number * 4, picture->width - side) & ~1,
                        bounce(number * 2, picture->height - side) & ~1, side, side};
    fill(picture, frame, box, WHITE);
}

static void draw_number(const struct vf_test_picture *picture, AVFrame *frame, int64_t number)
{
    int side = picture->width / NUMBER_BITS & ~1;
    for (int bit = 0; bit < NUMBER_BITS && side; bit++) {
        const int box[4] = {(NUMBER_BITS - 1 - bit) * side, 0, side, side};
        fill(picture, frame, box, number >> bit & 1 ? WHITE : BLACK);
    }
}

static void draw(const struct vf_test_picture *picture, AVFrame *frame, int64_t number)
{
    draw_background(picture, frame, number);
    draw_square(picture, frame, number);
    draw_number(picture, frame, number);
}

static void describe(const struct vf_test_picture *picture, AVFrame *frame, int64_t number)
{
    frame->pts = number;
    frame->time_base = (AVRational){picture->frame_rate.den, picture->frame_rate.num};
    frame->sample_aspect_ratio = (AVRational){1, 1};
    vf_compat_set_frame_duration(frame, 1);
    vf_compat_set_picture_flags(frame, true, false, false);
}

int vf_test_picture_draw(struct vf_test_picture *picture, struct vf_node_run *run, int64_t number,
                         struct vf_message **message)
{
    *message = NULL;
    AVFrame *frame;
    int err = vf_picture_create(&frame, run, picture->format, picture->width, picture->height);
    if (err)
        return err;
    if (picture->drawn) {
        draw(picture, picture->drawn, number);
        err = vf_scaler_draw(picture->scaler, picture->drawn, frame);
    } else {
        draw(picture, frame, number);
    }
    describe(picture, frame, number);
    if (!err)
        err = vf_media_frame_to_message(run, frame, picture->frame_rate, message);
    av_frame_free(&frame);
    return err;
}
