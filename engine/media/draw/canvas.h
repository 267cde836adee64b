/* SPDX-License-Identifier: MIT */
/* canvas.h - draws on pictures as they are: YUV of any subsampling, RGB or gray, of 8 to 16 bits.
 *
 * Nothing is converted, so that what is not drawn on stays as it was, bit by bit. A sample that
 * stands for several pixels (chroma, mostly) takes as much of the colour as it has covered pixels:
 * any place and size will do. What reaches beyond the picture is left out. The alpha of a colour
 * is its opacity; where the picture has an alpha of its own, it becomes as opaque as what is
 * drawn.
 */
#ifndef VF_ENGINE_MEDIA_DRAW_CANVAS_H
#define VF_ENGINE_MEDIA_DRAW_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/draw/canvas_samples.h"
#include "engine/media/draw/coverage.h"
#include "engine/media/libav/colour.h"

struct AVFrame;
struct vf_message;
struct vf_node_run;

struct vf_canvas {
    struct AVFrame *frame;
    int width, height;
    unsigned component_count;
    struct vf_canvas_component components[VF_COLOUR_COMPONENTS];
    bool is_copy; /* the frame is the canvas's own */
};

/* Prepares to draw on `frame`, whose memory is ours to write, and which has to outlive *canvas.
 * Returns -ENOTSUP, after saying what helps, for a pixel format that cannot be drawn on. */
VF_MUST_CHECK int vf_canvas_init(struct vf_canvas *canvas, struct AVFrame *frame);

/* Prepares to draw on a copy of a video message, made in the task's arena. Returns as
 * vf_canvas_init(), vf_media_frame_from_message() and vf_node_allocate(). */
VF_MUST_CHECK int vf_canvas_open(struct vf_canvas *canvas, struct vf_node_run *run,
                                 const struct vf_message *message);

/* Sends the copy out of `port` as an answer to `message`, of which it is one. */
VF_MUST_CHECK int vf_canvas_emit(struct vf_canvas *canvas, struct vf_node_run *run, unsigned port,
                                 const struct vf_message *message);

/* Lets go of the copy, if there is one. Does nothing on {0}. */
void vf_canvas_finish(struct vf_canvas *canvas);

/* Returns the whole picture. */
struct vf_rectangle vf_canvas_bounds(const struct vf_canvas *canvas);

void vf_canvas_fill(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                    const struct vf_colour *colour);

/* Draws the frame of a rectangle, as wide as `thickness`, within it. */
void vf_canvas_outline(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                       int thickness, const struct vf_colour *colour);

/* Draws shapes, letters and masks. */
void vf_canvas_draw(struct vf_canvas *canvas, const struct vf_coverage *coverage,
                    const struct vf_colour *colour);

/* Blurs what is in a rectangle, of which nothing else takes part: each pixel becomes the mean of a
 * square of 2 * radius + 1, three times over. `radius` is at least 1. */
VF_MUST_CHECK int vf_canvas_blur(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                                 int radius);

/* Makes cells of one colour, the mean of what is in each; `side` is at least 1. Like blurring, it
 * takes in whole samples: chroma at an odd edge is shared with the pixel beside it. */
VF_MUST_CHECK int vf_canvas_pixelate(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                                     int side);

#endif
