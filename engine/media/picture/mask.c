/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/mask.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/libav/frame.h"
#include "engine/media/picture/scaler.h"
#include "engine/message/array_items.h"

#define LARGEST_SIDE 32768

struct vf_mask {
    struct vf_scaler *scaler;
    AVFrame *gray; /* as it came */
    double *items; /* one row of an array */
    struct vf_coverage coverage;
    bool is_covered, is_inverted, is_nothing; /* there is a coverage of this mask, such a one, and
                                                 nothing in it */
};

int vf_mask_create(struct vf_mask **mask)
{
    *mask = calloc(1, sizeof(**mask));
    int err = *mask ? vf_scaler_create(&(*mask)->scaler, VF_SCALER_BILINEAR) : -ENOMEM;
    if (err)
        vf_mask_destroy(mask);
    return err;
}

void vf_mask_destroy(struct vf_mask **mask)
{
    if (!*mask)
        return;
    vf_scaler_destroy(&(*mask)->scaler);
    av_frame_free(&(*mask)->gray);
    vf_coverage_finish(&(*mask)->coverage);
    free((*mask)->items);
    free(*mask);
    *mask = NULL;
}

/* Makes *frame a frame in gray, unless it is one of that size already. */
static int prepare_gray(AVFrame **frame, int width, int height)
{
    if (*frame && (*frame)->width == width && (*frame)->height == height)
        return VF_OK;
    av_frame_free(frame);
    *frame = av_frame_alloc();
    if (!*frame)
        return -ENOMEM;
    (*frame)->format = AV_PIX_FMT_GRAY8;
    (*frame)->width = width;
    (*frame)->height = height;
    if (av_frame_get_buffer(*frame, 0) == 0)
        return VF_OK;
    av_frame_free(frame);
    return -ENOMEM;
}

static int read_frame(struct vf_mask *mask, const struct vf_message *message)
{
    AVFrame *source;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err = prepare_gray(&mask->gray, source->width, source->height);
    if (!err)
        err = vf_scaler_draw(mask->scaler, source, mask->gray);
    av_frame_free(&source);
    return err;
}

static uint8_t to_gray(double share)
{
    if (!(share > 0)) /* NaN hides */
        return 0;
    return share >= 1 ? 255 : (uint8_t)lrint(255 * share);
}

static int read_items(struct vf_mask *mask, const struct vf_message *message)
{
    const struct vf_array *array = &message->description.array;
    size_t width = (size_t)mask->gray->width, item = vf_array_item_size(array->dtype);
    bool is_byte = array->dtype[1] == 'u' && item == 1;
    double *items = realloc(mask->items, width * sizeof(*items));
    if (!items)
        return -ENOMEM;
    mask->items = items;
    for (int y = 0; y < mask->gray->height; y++) {
        uint8_t *row = mask->gray->data[0] + (ptrdiff_t)y * mask->gray->linesize[0];
        const uint8_t *bytes = message->payload->data + (size_t)y * width * item;
        if (is_byte) {
            memcpy(row, bytes, width);
            continue;
        }
        vf_array_items_read(items, array->dtype, bytes, width);
        for (size_t x = 0; x < width; x++)
            row[x] = to_gray(items[x]);
    }
    return VF_OK;
}

static int read_array(struct vf_mask *mask, const struct vf_message *message)
{
    const struct vf_array *array = &message->description.array;
    bool is_flat = array->dimensions == 2 || (array->dimensions == 3 && array->shape[2] == 1);
    bool is_sized = is_flat && array->shape[0] >= 1 && array->shape[0] <= LARGEST_SIDE &&
                    array->shape[1] >= 1 && array->shape[1] <= LARGEST_SIDE;
    if (!is_sized) {
        vf_log(VF_LOG_ERROR, "an array of another form than height x width is no mask");
        return -EINVAL;
    }
    int err = prepare_gray(&mask->gray, (int)array->shape[1], (int)array->shape[0]);
    return err ? err : read_items(mask, message);
}

int vf_mask_read(struct vf_mask *mask, const struct vf_message *message)
{
    mask->is_covered = false;
    if (message->description.type == VF_VALUE_VIDEO)
        return read_frame(mask, message);
    if (message->description.type == VF_VALUE_ARRAY)
        return read_array(mask, message);
    vf_log(VF_LOG_ERROR, "a mask is a frame or an array of height x width");
    return -EINVAL;
}

/* Copies gray into the coverage. */
static void fill_coverage(struct vf_mask *mask, const AVFrame *gray, bool is_inverted)
{
    size_t width = (size_t)gray->width;
    uint8_t flip = is_inverted ? 0 : 255, any = 0;
    for (int y = 0; y < gray->height; y++) {
        const uint8_t *source = gray->data[0] + (ptrdiff_t)y * gray->linesize[0];
        uint8_t *target = mask->coverage.rows + (size_t)y * width;
        for (size_t x = 0; x < width; x++) {
            target[x] = source[x] ^ flip;
            any |= target[x];
        }
    }
    mask->is_covered = true;
    mask->is_inverted = is_inverted;
    mask->is_nothing = !any;
}

int vf_mask_cover(struct vf_mask *mask, int width, int height, bool is_inverted,
                  const struct vf_coverage **coverage)
{
    const struct vf_rectangle place = {.width = width, .height = height};
    bool is_same = mask->is_covered && mask->is_inverted == is_inverted &&
                   mask->coverage.place.width == width && mask->coverage.place.height == height;
    bool is_sized = mask->gray->width == width && mask->gray->height == height;
    AVFrame *scaled = NULL;
    int err = is_same ? VF_OK : vf_coverage_clear(&mask->coverage, &place);
    if (!is_same && !is_sized && !err) {
        err = prepare_gray(&scaled, width, height);
        if (!err)
            err = vf_scaler_draw(mask->scaler, mask->gray, scaled);
    }
    if (!is_same && !err)
        fill_coverage(mask, scaled ? scaled : mask->gray, is_inverted);
    av_frame_free(&scaled);
    *coverage = err || mask->is_nothing ? NULL : &mask->coverage;
    return err;
}
