/* SPDX-License-Identifier: MIT */
#include "engine/media/draw/canvas.h"

#include <errno.h>
#include <libavutil/avconfig.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "engine/base/log.h"
#include "engine/media/draw/canvas_samples.h"
#include "engine/media/libav/frame.h"
#include "engine/node/node.h"

static bool is_chroma(const AVPixFmtDescriptor *descriptor, int component)
{
    return (component == 1 || component == 2) && descriptor->nb_components >= 3;
}

/* Returns whether the samples of two components are beside each other: not in one word, as in
 * rgb565 and x2rgb10, and as often as their steps say, which in uyyvyy411 they are not. */
static bool is_apart(const AVPixFmtDescriptor *descriptor, int number, int other)
{
    const AVComponentDescriptor *a = &descriptor->comp[number], *b = &descriptor->comp[other];
    int log2_a = is_chroma(descriptor, number) ? descriptor->log2_chroma_w : 0;
    int log2_b = is_chroma(descriptor, other) ? descriptor->log2_chroma_w : 0;
    int bytes = a->depth + a->shift > 8 ? 2 : 1;
    return a->plane != b->plane ||
           (abs(a->offset - b->offset) >= bytes && a->step << log2_b == b->step << log2_a);
}

/* Fills in one component. Returns whether its samples are whole bytes of their own. */
static bool prepare_component(struct vf_canvas *canvas, const AVPixFmtDescriptor *descriptor,
                              int number)
{
    const AVComponentDescriptor *component = &descriptor->comp[number];
    AVFrame *frame = canvas->frame;
    bool is_wide = component->depth + component->shift > 8;
    bool is_big_endian = descriptor->flags & AV_PIX_FMT_FLAG_BE;
    canvas->components[number] = (struct vf_canvas_component){
        .data = frame->data[component->plane] + component->offset,
        .stride = frame->linesize[component->plane],
        .step = component->step,
        .log2_width = is_chroma(descriptor, number) ? descriptor->log2_chroma_w : 0,
        .log2_height = is_chroma(descriptor, number) ? descriptor->log2_chroma_h : 0,
        .shift = component->shift,
        .is_wide = is_wide,
        .is_swapped = is_wide && is_big_endian != AV_HAVE_BIGENDIAN,
    };
    for (int i = 0; i < number; i++) {
        if (!is_apart(descriptor, number, i))
            return false;
    }
    return component->depth >= 8 && component->depth + component->shift <= 16 &&
           descriptor->log2_chroma_w <= VF_SAMPLE_MAX_LOG2 &&
           descriptor->log2_chroma_h <= VF_SAMPLE_MAX_LOG2;
}

int vf_canvas_init(struct vf_canvas *canvas, AVFrame *frame)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
    unsigned unused[VF_COLOUR_COMPONENTS];
    *canvas = (struct vf_canvas){.frame = frame, .width = frame->width, .height = frame->height};
    bool is_possible = vf_colour_components(&(struct vf_colour){0}, frame, unused) == VF_OK &&
                       !(descriptor->flags & AV_PIX_FMT_FLAG_BITSTREAM);
    for (int i = 0; is_possible && i < descriptor->nb_components; i++)
        is_possible = prepare_component(canvas, descriptor, i);
    if (!is_possible) {
        const char *name = av_get_pix_fmt_name(frame->format);
        vf_log(VF_LOG_ERROR,
               "cannot draw on frames of format %s; put a convert node before, with format: rgb24",
               name ? name : "unknown");
        return -ENOTSUP;
    }
    canvas->component_count = descriptor->nb_components;
    return VF_OK;
}

static int copy_of(AVFrame **copy, struct vf_node_run *run, const struct vf_message *message)
{
    AVFrame *source = NULL;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err = vf_media_frame_copy(copy, run, source);
    av_frame_free(&source);
    return err;
}

int vf_canvas_open(struct vf_canvas *canvas, struct vf_node_run *run,
                   const struct vf_message *message)
{
    *canvas = (struct vf_canvas){0};
    AVFrame *copy = NULL;
    int err = copy_of(&copy, run, message);
    if (!err)
        err = vf_canvas_init(canvas, copy);
    if (err) {
        av_frame_free(&copy);
        *canvas = (struct vf_canvas){0};
        return err;
    }
    canvas->is_copy = true;
    return VF_OK;
}

int vf_canvas_emit(struct vf_canvas *canvas, struct vf_node_run *run, unsigned port,
                   const struct vf_message *message)
{
    struct vf_message *drawn = NULL;
    int err = vf_media_frame_to_message(run, canvas->frame, message->description.video.frame_rate,
                                        &drawn);
    if (!err) {
        vf_message_follow(drawn, message);
        err = vf_node_emit(run, port, &drawn);
    }
    vf_message_destroy(&drawn);
    return err;
}

void vf_canvas_finish(struct vf_canvas *canvas)
{
    if (canvas->is_copy)
        av_frame_free(&canvas->frame);
    *canvas = (struct vf_canvas){0};
}

struct vf_rectangle vf_canvas_bounds(const struct vf_canvas *canvas)
{
    return (struct vf_rectangle){.width = canvas->width, .height = canvas->height};
}

/* An area with a hole in it, both clipped; the hole may be empty. */
struct ring {
    struct vf_pixel_span columns, rows, hole_columns, hole_rows;
};

static struct ring ring_of(const struct vf_rectangle *area, const struct vf_rectangle *hole)
{
    return (struct ring){
        .columns = {area->x, area->x + area->width},
        .rows = {area->y, area->y + area->height},
        .hole_columns = {hole->x, hole->x + hole->width},
        .hole_rows = {hole->y, hole->y + hole->height},
    };
}

/* Returns the weight of sample (x, y): its covered share, times the opacity. */
static unsigned ring_weight(const struct vf_canvas *canvas,
                            const struct vf_canvas_component *component, const struct ring *ring,
                            int x, int y, unsigned opacity)
{
    int width = component->log2_width, height = component->log2_height;
    int covered =
        vf_pixels_within(x, width, ring->columns) * vf_pixels_within(y, height, ring->rows) -
        vf_pixels_within(x, width, ring->hole_columns) *
            vf_pixels_within(y, height, ring->hole_rows);
    int all = vf_pixels_within(x, width, (struct vf_pixel_span){0, canvas->width}) *
              vf_pixels_within(y, height, (struct vf_pixel_span){0, canvas->height});
    return all ? (opacity * (unsigned)covered + (unsigned)all / 2) / (unsigned)all : 0;
}

/* Between the samples in which an edge lies, all weights of a row are the same. */
static void draw_ring_row(const struct vf_canvas *canvas,
                          const struct vf_canvas_component *component, const struct ring *ring,
                          int y, unsigned opacity, unsigned value)
{
    int log2 = component->log2_width;
    int first = ring->columns.from >> log2, last = (ring->columns.to - 1) >> log2;
    int hole_first = ring->hole_columns.from >> log2;
    int hole_last = (ring->hole_columns.to - 1) >> log2;
    const int starts[] = {first,     first + 1,     hole_first, hole_first + 1,
                          hole_last, hole_last + 1, last,       last + 1};
    int from = first;
    for (size_t i = 1; i < VF_COUNT(starts); i++) {
        if (starts[i] <= from)
            continue;
        unsigned weight = ring_weight(canvas, component, ring, from, y, opacity);
        vf_samples_fill(component, from, y, starts[i] - from, weight, value);
        from = starts[i];
    }
}

static void draw_ring(struct vf_canvas *canvas, const struct vf_rectangle *area,
                      const struct vf_rectangle *hole, const struct vf_colour *colour)
{
    unsigned values[VF_COLOUR_COMPONENTS];
    if (!area->width || vf_colour_components(colour, canvas->frame, values) != VF_OK)
        return;
    struct ring ring = ring_of(area, hole);
    for (unsigned i = 0; i < canvas->component_count; i++) {
        const struct vf_canvas_component *component = &canvas->components[i];
        int last = (ring.rows.to - 1) >> component->log2_height;
        for (int y = ring.rows.from >> component->log2_height; y <= last; y++)
            draw_ring_row(canvas, component, &ring, y, vf_weight_of(colour->alpha), values[i]);
    }
}

void vf_canvas_fill(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                    const struct vf_colour *colour)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    struct vf_rectangle area = vf_rectangle_common(rectangle, &bounds);
    struct vf_rectangle hole = {.x = area.x, .y = area.y};
    draw_ring(canvas, &area, &hole, colour);
}

void vf_canvas_outline(struct vf_canvas *canvas, const struct vf_rectangle *rectangle,
                       int thickness, const struct vf_colour *colour)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas), inside = *rectangle;
    struct vf_rectangle area = vf_rectangle_common(rectangle, &bounds);
    if (rectangle->width <= 2 * thickness || rectangle->height <= 2 * thickness) {
        vf_canvas_fill(canvas, rectangle, colour);
        return;
    }
    inside.x += thickness;
    inside.y += thickness;
    inside.width -= 2 * thickness;
    inside.height -= 2 * thickness;
    struct vf_rectangle hole = vf_rectangle_common(&inside, &bounds);
    if (!hole.width)
        hole = (struct vf_rectangle){.x = area.x, .y = area.y};
    draw_ring(canvas, &area, &hole, colour);
}
