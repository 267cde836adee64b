/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/picture_turn.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/picture.h"

#define MATRIX_BYTES (9 * sizeof(int32_t))
#define TILE 32 /* pixels in each direction: what is read and written stays in the nearest cache */

/* Where a plane's pixels go: pixel x of row y of the result is at from + x * across + y * down. */
struct move {
    const uint8_t *from;
    ptrdiff_t across, down;
    uint8_t *to;
    ptrdiff_t stride; /* of the result */
    int width, height;
};

bool vf_turn_is_none(const struct vf_turn *turn)
{
    return !turn->is_transposed && !turn->is_mirrored && !turn->is_upside_down;
}

bool vf_turn_from_matrix(struct vf_turn *turn, const int32_t *matrix)
{
    *turn = (struct vf_turn){0};
    double angle = -round(av_display_rotation_get(matrix));
    if (isnan(angle))
        return false;
    int degrees = ((int)angle % 360 + 360) % 360;
    int quarters = degrees / 90;
    if (degrees % 90 != 0)
        return false;
    turn->is_transposed = quarters % 2 == 1;
    if (quarters == 1)
        turn->is_mirrored = matrix[3] <= 0;
    if (quarters == 2)
        turn->is_mirrored = matrix[0] < 0;
    if (quarters == 3)
        turn->is_mirrored = matrix[3] < 0;
    turn->is_upside_down = quarters == 3 || (quarters % 2 == 0 && matrix[4] < 0);
    return true;
}

static const int32_t *matrix_of(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVCodecParameters *parameters = stream->codecpar;
    const AVPacketSideData *data = av_packet_side_data_get(
        parameters->coded_side_data, parameters->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    const void *bytes = data && data->size >= MATRIX_BYTES ? data->data : NULL;
    return bytes;
#else
    size_t size = 0;
    const void *bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return size >= MATRIX_BYTES ? bytes : NULL;
#endif
}

struct vf_turn vf_turn_of_stream(const AVStream *stream)
{
    struct vf_turn turn = {0};
    const int32_t *matrix = matrix_of(stream);
    if (matrix && !vf_turn_from_matrix(&turn, matrix))
        vf_log(VF_LOG_WARNING,
               "the pictures are to be turned by %.0f degrees; only quarter turns "
               "are made, and they stay as they are",
               -av_display_rotation_get(matrix));
    return turn;
}

void vf_turn_of_frame(struct vf_turn *turn, const AVFrame *frame)
{
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    struct vf_turn own;
    if (data && data->size >= MATRIX_BYTES &&
        vf_turn_from_matrix(&own, (const int32_t *)(const void *)data->data))
        *turn = own;
}

/* Returns the bytes of one pixel of a plane; 0: its pixels cannot be moved one by one. */
static int pixel_bytes(const AVPixFmtDescriptor *descriptor, int plane)
{
    int step = 0;
    bool has_luma = false, has_chroma = false;
    for (int i = 0; i < descriptor->nb_components; i++) {
        const AVComponentDescriptor *component = &descriptor->comp[i];
        if (component->plane != plane)
            continue;
        if (step && component->step != step)
            return 0;
        step = component->step;
        bool is_chroma = i == 1 || i == 2;
        has_chroma = has_chroma || is_chroma;
        has_luma = has_luma || !is_chroma;
    }
    bool is_subsampled = descriptor->log2_chroma_w || descriptor->log2_chroma_h;
    return is_subsampled && has_luma && has_chroma ? 0 : step;
}

static bool has_pixels(const AVPixFmtDescriptor *descriptor)
{
    if (descriptor->flags &
        (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER))
        return false;
    for (int i = 0; i < descriptor->nb_components; i++) {
        if (!pixel_bytes(descriptor, descriptor->comp[i].plane))
            return false;
    }
    return descriptor->nb_components > 0;
}

/* Returns whether two formats differ in nothing but the direction in which chroma is coarse. */
static bool is_twin(const AVPixFmtDescriptor *a, const AVPixFmtDescriptor *b)
{
    return a->nb_components == b->nb_components && a->flags == b->flags &&
           a->log2_chroma_w == b->log2_chroma_h && a->log2_chroma_h == b->log2_chroma_w &&
           memcmp(a->comp, b->comp, (size_t)a->nb_components * sizeof(a->comp[0])) == 0;
}

int vf_turn_format(const struct vf_turn *turn, int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format), *other = NULL;
    if (!descriptor || !has_pixels(descriptor))
        return AV_PIX_FMT_NONE;
    if (!turn->is_transposed || descriptor->log2_chroma_w == descriptor->log2_chroma_h)
        return format;
    while ((other = av_pix_fmt_desc_next(other))) {
        if (is_twin(descriptor, other))
            return av_pix_fmt_desc_get_id(other);
    }
    return AV_PIX_FMT_NONE;
}

void vf_turn_size(const struct vf_turn *turn, int *width, int *height)
{
    int former = *width;
    if (!turn->is_transposed)
        return;
    *width = *height;
    *height = former;
}

static int at_most(int count, int limit)
{
    return count < limit ? count : limit;
}

/* Inlined with a constant `bytes`, so that a pixel is one load and one store. */
static inline void move_tile(const struct move *move, int left, int top, size_t bytes)
{
    int bottom = at_most(top + TILE, move->height), columns = at_most(TILE, move->width - left);
    for (int y = top; y < bottom; y++) {
        const uint8_t *from = move->from + left * move->across + y * move->down;
        uint8_t *to = move->to + (size_t)left * bytes + y * move->stride;
        for (int x = 0; x < columns; x++, from += move->across, to += bytes)
            memcpy(to, from, bytes);
    }
}

static inline void move_pixels(const struct move *move, size_t bytes)
{
    for (int top = 0; top < move->height; top += TILE) {
        for (int left = 0; left < move->width; left += TILE)
            move_tile(move, left, top, bytes);
    }
}

static void move_rows(const struct move *move, size_t bytes)
{
    for (int y = 0; y < move->height; y++)
        memcpy(move->to + y * move->stride, move->from + y * move->down,
               (size_t)move->width * bytes);
}

static void move_plane(const struct move *move, int bytes)
{
    if (move->across == bytes) {
        move_rows(move, (size_t)bytes);
        return;
    }
    switch (bytes) {
    case 1:
        move_pixels(move, 1);
        break;
    case 2:
        move_pixels(move, 2);
        break;
    case 3:
        move_pixels(move, 3);
        break;
    case 4:
        move_pixels(move, 4);
        break;
    default:
        move_pixels(move, (size_t)bytes);
        break;
    }
}

static void turn_plane(const struct vf_turn *turn, const AVFrame *frame, AVFrame *turned, int plane)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(turned->format);
    bool is_chroma = plane == 1 || plane == 2;
    int bytes = pixel_bytes(descriptor, plane);
    ptrdiff_t row = frame->linesize[plane];
    struct move move = {
        .from = frame->data[plane],
        .across = turn->is_transposed ? row : bytes,
        .down = turn->is_transposed ? bytes : row,
        .to = turned->data[plane],
        .stride = turned->linesize[plane],
        .width = AV_CEIL_RSHIFT(turned->width, is_chroma ? descriptor->log2_chroma_w : 0),
        .height = AV_CEIL_RSHIFT(turned->height, is_chroma ? descriptor->log2_chroma_h : 0),
    };
    if (turn->is_mirrored) {
        move.from += (move.width - 1) * move.across;
        move.across = -move.across;
    }
    if (turn->is_upside_down) {
        move.from += (move.height - 1) * move.down;
        move.down = -move.down;
    }
    move_plane(&move, bytes);
}

static int turn_properties(const struct vf_turn *turn, const AVFrame *frame, AVFrame *turned)
{
    if (av_frame_copy_props(turned, frame) < 0)
        return -ENOMEM;
    av_frame_remove_side_data(turned, AV_FRAME_DATA_DISPLAYMATRIX);
    AVRational shape = frame->sample_aspect_ratio;
    if (turn->is_transposed && shape.num > 0)
        turned->sample_aspect_ratio = (AVRational){shape.den, shape.num};
    return VF_OK;
}

int vf_turn_apply(const struct vf_turn *turn, struct vf_node_run *run, const AVFrame *frame,
                  AVFrame **turned)
{
    int width = frame->width, height = frame->height;
    int format = vf_turn_format(turn, frame->format);
    *turned = NULL;
    if (format == AV_PIX_FMT_NONE)
        return -ENOTSUP;
    vf_turn_size(turn, &width, &height);
    int err = vf_picture_create(turned, run, format, width, height);
    if (!err)
        err = turn_properties(turn, frame, *turned);
    if (err) {
        av_frame_free(turned);
        return err;
    }
    bool has_palette = av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_PAL;
    for (int i = 0; i < av_pix_fmt_count_planes(format); i++)
        turn_plane(turn, frame, *turned, i);
    if (has_palette)
        memcpy((*turned)->data[1], frame->data[1], AVPALETTE_SIZE);
    return VF_OK;
}
