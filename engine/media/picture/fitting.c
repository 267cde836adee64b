/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/fitting.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"

static int smaller(int length, int other)
{
    return length < other ? length : other;
}

struct vf_rectangle vf_fitting_place(int format, int width, int height,
                                     const struct vf_rectangle *room, bool is_centred)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    int log2_width = descriptor ? descriptor->log2_chroma_w : 0;
    int log2_height = descriptor ? descriptor->log2_chroma_h : 0;
    struct vf_rectangle place = {
        .x = room->x,
        .y = room->y,
        .width = smaller(vf_scaler_fit(room->height, width, height, log2_width), room->width),
        .height = smaller(vf_scaler_fit(room->width, height, width, log2_height), room->height),
    };
    if (is_centred) {
        place.x += (room->width - place.width) / 2;
        place.y += (room->height - place.height) / 2;
    }
    place.x &= ~((1 << log2_width) - 1);
    place.y &= ~((1 << log2_height) - 1);
    return place;
}

/* Makes a frame of a part of `target`, in the same memory. */
static int open_part(AVFrame **part, const AVFrame *target, const struct vf_rectangle *place)
{
    *part = av_frame_clone(target);
    if (!*part)
        return -ENOMEM;
    (*part)->crop_left = (size_t)place->x;
    (*part)->crop_top = (size_t)place->y;
    (*part)->crop_right = (size_t)(target->width - place->x - place->width);
    (*part)->crop_bottom = (size_t)(target->height - place->y - place->height);
    int code = av_frame_apply_cropping(*part, AV_FRAME_CROP_UNALIGNED);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_fitting_draw(struct vf_scaler *scaler, const AVFrame *source, AVFrame *target,
                    const struct vf_rectangle *place)
{
    AVFrame *part;
    int err = open_part(&part, target, place);
    if (!err)
        err = vf_scaler_draw(scaler, source, part);
    if (!err && av_frame_copy_props(target, part) < 0)
        err = -ENOMEM;
    av_frame_free(&part);
    return err;
}

int vf_fitting_fill(AVFrame *target, const struct vf_rectangle *place,
                    const struct vf_colour *colour)
{
    int right = place->x + place->width, bottom = place->y + place->height;
    const struct vf_rectangle sides[] = {
        {.width = target->width, .height = place->y},
        {.y = place->y, .width = place->x, .height = place->height},
        {.x = right, .y = place->y, .width = target->width - right, .height = place->height},
        {.y = bottom, .width = target->width, .height = target->height - bottom},
    };
    struct vf_canvas canvas;
    int err = vf_canvas_init(&canvas, target);
    for (size_t i = 0; i < VF_COUNT(sides) && !err; i++)
        vf_canvas_fill(&canvas, &sides[i], colour);
    return err;
}

int vf_fitting_apply(struct vf_scaler *scaler, struct vf_node_run *run,
                     const struct vf_message *message, const struct vf_fitting *fitting,
                     struct vf_message **fitted)
{
    const struct vf_rectangle room = {.width = fitting->width, .height = fitting->height};
    AVFrame *source = NULL, *target = NULL;
    *fitted = NULL;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err = vf_picture_create(&target, run, source->format, room.width, room.height);
    if (!err) {
        const struct vf_rectangle place = vf_fitting_place(
            source->format, source->width, source->height, &room, fitting->is_centred);
        err = vf_fitting_draw(scaler, source, target, &place);
        if (!err)
            err = vf_fitting_fill(target, &place, &fitting->colour);
    }
    if (!err)
        err = vf_media_frame_to_message(run, target, message->description.video.frame_rate, fitted);
    if (!err)
        vf_message_follow(*fitted, message);
    av_frame_free(&source);
    av_frame_free(&target);
    return err;
}
