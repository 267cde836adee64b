/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/mosaic.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/draw/canvas.h"
#include "engine/media/draw/plain_letters.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/fitting.h"

struct vf_mosaic {
    struct vf_mosaic_plan plan;
    struct vf_scaler **scalers; /* for each cell; NULL: nothing had to be scaled there */
    AVFrame *picture;           /* NULL: none has been begun */
    AVFrame *first;             /* that it was begun with; only what is known of it */
    struct vf_rational frame_rate;
    int format;    /* of the last picture, as libav numbers them */
    bool has_form; /* there was one */
    int cell_width, cell_height;
};

int vf_mosaic_create(struct vf_mosaic **mosaic, const struct vf_mosaic_plan *plan)
{
    *mosaic = calloc(1, sizeof(**mosaic));
    if (!*mosaic)
        return -ENOMEM;
    (*mosaic)->plan = *plan;
    (*mosaic)->scalers = calloc((size_t)plan->columns * plan->rows, sizeof(struct vf_scaler *));
    (*mosaic)->first = av_frame_alloc();
    if ((*mosaic)->scalers && (*mosaic)->first)
        return VF_OK;
    vf_mosaic_destroy(mosaic);
    return -ENOMEM;
}

void vf_mosaic_destroy(struct vf_mosaic **mosaic)
{
    if (!*mosaic)
        return;
    unsigned cells = (*mosaic)->plan.columns * (*mosaic)->plan.rows;
    for (unsigned i = 0; (*mosaic)->scalers && i < cells; i++)
        vf_scaler_destroy(&(*mosaic)->scalers[i]);
    free(*(void **)&(*mosaic)->scalers);
    av_frame_free(&(*mosaic)->picture);
    av_frame_free(&(*mosaic)->first);
    free(*mosaic);
    *mosaic = NULL;
}

static void size_cell(const struct vf_mosaic_plan *plan, const struct vf_video *first, int *width,
                      int *height)
{
    *width = plan->width < 0 && plan->height < 0 ? first->width : plan->width;
    *height = plan->width < 0 && plan->height < 0 ? first->height : plan->height;
    vf_scaler_keep_ratio(first, width, height);
}

static int whole_width(const struct vf_mosaic_plan *plan, int cell)
{
    int columns = (int)plan->columns;
    return columns * cell + (columns - 1) * plan->gap + 2 * plan->margin;
}

static int whole_height(const struct vf_mosaic_plan *plan, int cell)
{
    int rows = (int)plan->rows;
    return rows * cell + (rows - 1) * plan->gap + 2 * plan->margin;
}

/* Fills all of it: what the cells will cover is not worth the trouble of leaving it out. */
static int fill(const struct vf_mosaic *mosaic)
{
    struct vf_canvas canvas;
    int err = vf_canvas_init(&canvas, mosaic->picture);
    if (err)
        return err;
    struct vf_rectangle bounds = vf_canvas_bounds(&canvas);
    vf_canvas_fill(&canvas, &bounds, &mosaic->plan.colour);
    vf_canvas_finish(&canvas);
    return VF_OK;
}

static int copy_properties(AVFrame *target, const AVFrame *source)
{
    return av_frame_copy_props(target, source) < 0 ? -ENOMEM : VF_OK;
}

/* Learns what the pictures are like. */
static int take_form(struct vf_mosaic *mosaic, const struct vf_message *first)
{
    AVFrame *frame;
    int err = vf_media_frame_from_message(&frame, first);
    if (err)
        return err;
    size_cell(&mosaic->plan, &first->description.video, &mosaic->cell_width, &mosaic->cell_height);
    mosaic->format = frame->format;
    mosaic->frame_rate = first->description.video.frame_rate;
    av_frame_unref(mosaic->first);
    err = copy_properties(mosaic->first, frame);
    mosaic->has_form = err == VF_OK;
    av_frame_free(&frame);
    return err;
}

int vf_mosaic_begin(struct vf_mosaic *mosaic, struct vf_node_run *run,
                    const struct vf_message *first)
{
    const struct vf_mosaic_plan *plan = &mosaic->plan;
    int err = first ? take_form(mosaic, first) : VF_OK;
    if (err)
        return err;
    av_frame_free(&mosaic->picture);
    err = vf_picture_create(&mosaic->picture, run, mosaic->format,
                            whole_width(plan, mosaic->cell_width),
                            whole_height(plan, mosaic->cell_height));
    if (!err)
        err = copy_properties(mosaic->picture, mosaic->first); /* colours are drawn by them */
    if (!err)
        err = fill(mosaic);
    if (err == -EINVAL)
        vf_log(VF_LOG_ERROR, "cells of %dx%d make too large a picture; give width or height",
               mosaic->cell_width, mosaic->cell_height);
    if (err)
        av_frame_free(&mosaic->picture);
    return err;
}

bool vf_mosaic_has_form(const struct vf_mosaic *mosaic)
{
    return mosaic->has_form;
}

bool vf_mosaic_is_begun(const struct vf_mosaic *mosaic)
{
    return mosaic->picture != NULL;
}

static AVRational shape_of(const AVFrame *frame)
{
    AVRational shape = frame->sample_aspect_ratio;
    return shape.num > 0 && shape.den > 0 ? shape : (AVRational){1, 1};
}

static struct vf_rectangle room_of(const struct vf_mosaic *mosaic, unsigned cell)
{
    const struct vf_mosaic_plan *plan = &mosaic->plan;
    int column = (int)(cell % plan->columns), row = (int)(cell / plan->columns);
    return (struct vf_rectangle){
        .x = plan->margin + column * (mosaic->cell_width + plan->gap),
        .y = plan->margin + row * (mosaic->cell_height + plan->gap),
        .width = mosaic->cell_width,
        .height = mosaic->cell_height,
    };
}

/* Finds the place in a cell that has the shape of `frame` as it is seen. */
static struct vf_rectangle find_place(const struct vf_mosaic *mosaic, unsigned cell,
                                      const AVFrame *frame)
{
    const struct vf_rectangle room = room_of(mosaic, cell);
    AVRational shape = av_div_q(shape_of(frame), shape_of(mosaic->first));
    int width, height;
    av_reduce(&width, &height, (int64_t)frame->width * shape.num,
              (int64_t)frame->height * shape.den, INT32_MAX);
    return vf_fitting_place(mosaic->picture->format, width, height, &room, true);
}

static int draw(struct vf_mosaic *mosaic, unsigned cell, const AVFrame *frame)
{
    struct vf_scaler **scaler = &mosaic->scalers[cell];
    const struct vf_rectangle place = find_place(mosaic, cell, frame);
    int err = *scaler ? VF_OK : vf_scaler_create(scaler, mosaic->plan.filter);
    return err ? err : vf_fitting_draw(*scaler, frame, mosaic->picture, &place);
}

int vf_mosaic_put(struct vf_mosaic *mosaic, unsigned cell, const struct vf_message *message)
{
    AVFrame *frame;
    int err = vf_media_frame_from_message(&frame, message);
    if (!err)
        err = draw(mosaic, cell, frame);
    av_frame_free(&frame);
    return err;
}

int vf_mosaic_name(struct vf_mosaic *mosaic, unsigned cell, const char *name)
{
    static const struct vf_colour black = {0, 0, 0, 255}, white = {255, 255, 255, 255};
    const struct vf_rectangle room = room_of(mosaic, cell);
    struct vf_canvas canvas;
    int err = vf_canvas_init(&canvas, mosaic->picture);
    if (err)
        return err;
    vf_canvas_fill(&canvas, &room, &black);
    vf_plain_letters_write(&canvas, name, &room, &white);
    vf_canvas_finish(&canvas);
    return VF_OK;
}

int vf_mosaic_finish(struct vf_mosaic *mosaic, struct vf_node_run *run, struct vf_message **message)
{
    int err = copy_properties(mosaic->picture, mosaic->first);
    if (!err)
        err = vf_media_frame_to_message(run, mosaic->picture, mosaic->frame_rate, message);
    av_frame_free(&mosaic->picture);
    return err;
}

void vf_mosaic_foretell(const struct vf_mosaic_plan *plan, const struct vf_forecast *input,
                        struct vf_forecast *output)
{
    int width, height;
    if (!input->is_known || input->video.width <= 0 || input->video.height <= 0)
        return;
    size_cell(plan, &input->video, &width, &height);
    vf_picture_foretell(output, vf_media_pixel_format(&input->video), whole_width(plan, width),
                        whole_height(plan, height), input->video.frame_rate);
}
