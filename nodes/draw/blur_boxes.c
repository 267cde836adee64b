/* SPDX-License-Identifier: MIT */
/* blur_boxes - makes what is in boxes unrecognisable. */
#include <errno.h>
#include <math.h>

#include "nodes/draw/drawing.h"

#define CHROMA_UNIT 4 /* so that cells of chroma are those of luma */

enum hiding { HIDE_BLUR, HIDE_PIXELATE, HIDE_FILL };

struct blur_boxes_options {
    struct vf_option_texts boxes;
    enum hiding how;
    double strength, grow;
    struct vf_colour colour;
};

struct blur_boxes {
    const struct blur_boxes_options *asked;
    struct vf_box_source source;
};

static const struct vf_option options[] = {
    {"boxes", "Boxes of all frames, instead of those of the input: [[ymin, xmin, ymax, xmax], ...]",
     VF_TEXT_LIST(struct blur_boxes_options, boxes), .fallback = "[]", .is_main = true},
    {"how", "How to hide the inside of a box",
     VF_CHOICE(struct blur_boxes_options, how, {"blur", HIDE_BLUR, "Blur it"},
               {"pixelate", HIDE_PIXELATE, "Turn it into large squares"},
               {"fill", HIDE_FILL, "Paint over it"}),
     .fallback = "blur"},
    {"strength", "Radius of the blur, as a share of the shorter side of the box",
     VF_NUMBER(struct blur_boxes_options, strength), .fallback = "0.25", VF_RANGE(0.01, 1)},
    {"grow", "Enlarge each box on every side, by this share of its size",
     VF_NUMBER(struct blur_boxes_options, grow), .fallback = "0", VF_RANGE(0, 10)},
    {"colour", "Colour of filled boxes", VF_COLOUR(struct blur_boxes_options, colour),
     .fallback = "black"},
};

static int blur_boxes_check(const void *values, char *problem, size_t size)
{
    const struct blur_boxes_options *asked = values;
    return vf_box_option_check(&asked->boxes, 4, problem, size);
}

static int blur_boxes_open(struct vf_node_run *run)
{
    struct blur_boxes *hidden = run->state;
    hidden->asked = run->options;
    return vf_box_source_open(&hidden->source, run, &hidden->asked->boxes, 4);
}

static int hide(struct vf_canvas *canvas, const struct vf_rectangle *place,
                const struct blur_boxes_options *asked)
{
    int shorter = place->width < place->height ? place->width : place->height;
    int reach = (int)lrint(asked->strength * shorter);
    switch (asked->how) {
    case HIDE_BLUR:
        return vf_canvas_blur(canvas, place, reach > 0 ? reach : 1);
    case HIDE_PIXELATE:
        return vf_canvas_pixelate(canvas, place, (reach + CHROMA_UNIT) / CHROMA_UNIT * CHROMA_UNIT);
    case HIDE_FILL:
        vf_canvas_fill(canvas, place, &asked->colour);
    }
    return VF_OK;
}

static int hide_all(struct vf_canvas *canvas, void *drawing)
{
    const struct blur_boxes *hidden = drawing;
    const struct vf_box_list *boxes = &hidden->source.boxes;
    int err = VF_OK;
    for (size_t i = 0; i < boxes->count && !err; i++) {
        const struct vf_rectangle place = vf_box_touched(&boxes->items[i], hidden->asked->grow);
        err = hide(canvas, &place, hidden->asked);
    }
    return err;
}

static int blur_boxes_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct blur_boxes *hidden = run->state;
    int err = vf_box_source_read(&hidden->source, inputs);
    if (err)
        return err;
    if (hidden->source.boxes.count == 0)
        return vf_drawing_pass(run);
    return vf_drawing_answer(run, inputs[0], hide_all, hidden);
}

static void blur_boxes_close(struct vf_node_run *run)
{
    struct blur_boxes *hidden = run->state;
    vf_box_source_finish(&hidden->source);
}

const struct vf_node vf_node_blur_boxes = {
    .name = "blur_boxes",
    .summary = "Make the inside of boxes unrecognisable.",
    .related = "draw_boxes, crop",
    .about = "For faces and number plates. Boxes have the form that draw_boxes takes; numbers "
             "after ymin, xmin, ymax, xmax are ignored. The blur grows with the size of each box, "
             "so that near and far faces are hidden equally well, and nothing from outside a box "
             "flows into it.\n\n"
             "Every pixel that a box touches is hidden, with every chroma sample of such a pixel; "
             "all others stay bit for bit as they were. A frame without boxes passes "
             "untouched.\n\n"
             "A blur keeps the average colours of what it hides, and a weak one can partly be "
             "undone. Use how: fill where nothing may be recoverable.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  hidden: {type: blur_boxes, inputs: reader, boxes: [[40, 60, 200, 320]]}\n"
               "  out: {type: video_writer, inputs: hidden, path: hidden.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "The boxes of each frame: an array or a JSON list",
                        .is_optional = true}),
    .outputs =
        VF_PORTS({.name = "video",
                  .type = VF_PORT_VIDEO,
                  .help = "The frames with their boxes hidden; those without pass untouched"}),
    .options_size = sizeof(struct blur_boxes_options),
    .state_size = sizeof(struct blur_boxes),
    .check = blur_boxes_check,
    .forecast = vf_drawing_forecast,
    .open = blur_boxes_open,
    .process = blur_boxes_process,
    .close = blur_boxes_close,
};
