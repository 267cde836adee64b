/* SPDX-License-Identifier: MIT */
/* draw_masks - lays a colour over what each mask covers. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/masks.h"

#define MASKS 1 /* inputs */
#define CLASSES 2
#define SCORES 3

struct draw_masks_options {
    struct vf_option_texts colours;
    double opacity, threshold, min_score;
};

struct draw_masks {
    const struct draw_masks_options *asked;
    struct vf_mask_list masks;
    struct vf_number_list classes, scores;
    struct vf_coverage coverage;
    struct vf_colour *colours;
};

static const struct vf_option options[] = {
    {"colours", "Colours of the classes from 0 on, repeated as needed; []: 12 built-in colours",
     VF_TEXT_LIST(struct draw_masks_options, colours), .fallback = "[]"},
    {"opacity", "Opacity of the colours; 1: opaque", VF_NUMBER(struct draw_masks_options, opacity),
     .fallback = "0.5", VF_RANGE(0, 1)},
    {"threshold", "Smallest floating-point number that covers a pixel",
     VF_NUMBER(struct draw_masks_options, threshold), .fallback = "0.5", VF_RANGE(-1e9, 1e9)},
    {"min_score", "Leave out masks with a lower score",
     VF_NUMBER(struct draw_masks_options, min_score), .fallback = "0", VF_RANGE(0, 1)},
};

static int draw_masks_check(const void *values, char *problem, size_t size)
{
    const struct draw_masks_options *asked = values;
    struct vf_colour *colours = NULL;
    int err = vf_drawing_colours(&asked->colours, &colours, problem, size);
    free(colours);
    return err;
}

static int draw_masks_open(struct vf_node_run *run)
{
    struct draw_masks *drawn = run->state;
    char problem[256] = "";
    drawn->asked = run->options;
    if (!run->is_connected[CLASSES] && run->is_connected[SCORES])
        vf_log(VF_LOG_DEBUG, "masks have scores, but no classes: colours go by their order");
    int err = vf_drawing_colours(&drawn->asked->colours, &drawn->colours, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    return err;
}

static struct vf_colour colour_of(const struct draw_masks *drawn, size_t mask)
{
    double class_id = drawn->classes.items ? drawn->classes.items[mask] : (double)mask;
    int64_t number = fabs(class_id) < 1e15 ? (int64_t)class_id : 0;
    int64_t count = (int64_t)drawn->asked->colours.count;
    struct vf_colour colour =
        count ? drawn->colours[(number % count + count) % count] : vf_drawing_colour(number);
    colour.alpha = (uint8_t)lrint(colour.alpha * drawn->asked->opacity);
    return colour;
}

static bool is_shown(const struct draw_masks *drawn, size_t mask)
{
    return !drawn->scores.items || drawn->scores.items[mask] >= drawn->asked->min_score;
}

static int draw_all(struct vf_canvas *canvas, void *drawing)
{
    struct draw_masks *drawn = drawing;
    int err = VF_OK;
    for (size_t i = 0; i < drawn->masks.count && !err; i++) {
        if (!is_shown(drawn, i))
            continue;
        const struct vf_colour colour = colour_of(drawn, i);
        err = vf_mask_list_cover(&drawn->masks, i, drawn->asked->threshold, canvas->width,
                                 canvas->height, &drawn->coverage);
        if (!err)
            vf_canvas_draw(canvas, &drawn->coverage, &colour);
    }
    return err;
}

static int read_inputs(struct draw_masks *drawn, const struct vf_node_run *run,
                       struct vf_message *const *inputs)
{
    int err = vf_mask_list_read(&drawn->masks, inputs[MASKS]);
    if (!err && run->is_connected[CLASSES])
        err = vf_number_list_read(&drawn->classes, inputs[CLASSES], drawn->masks.count, "classes");
    if (!err && run->is_connected[SCORES])
        err = vf_number_list_read(&drawn->scores, inputs[SCORES], drawn->masks.count, "scores");
    return err;
}

static int draw_masks_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct draw_masks *drawn = run->state;
    int err = read_inputs(drawn, run, inputs);
    if (err)
        return err;
    for (size_t i = 0; i < drawn->masks.count; i++) {
        if (is_shown(drawn, i))
            return vf_drawing_answer(run, inputs[0], draw_all, drawn);
    }
    return vf_drawing_pass(run);
}

static void draw_masks_close(struct vf_node_run *run)
{
    struct draw_masks *drawn = run->state;
    vf_mask_list_finish(&drawn->masks);
    vf_number_list_finish(&drawn->classes);
    vf_number_list_finish(&drawn->scores);
    vf_coverage_finish(&drawn->coverage);
    free(drawn->colours);
}

const struct vf_node vf_node_draw_masks = {
    .name = "draw_masks",
    .summary = "Tint the area that the mask of each object covers.",
    .related = "draw_boxes, mask",
    .about = "Masks are an array of n x height x width, or of height x width for a single one. "
             "Integers and booleans cover a pixel when they are not 0, floating-point numbers "
             "when they reach the threshold. Masks of another size than the frame are stretched "
             "over it; each pixel takes the nearest number.\n\n"
             "Frames keep their format, as with draw_boxes. A frame without masks passes "
             "untouched.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  # A Python program answers each frame with an array of its masks.\n"
               "  frames: {type: zmq_out, inputs: reader, endpoint: \"tcp://127.0.0.1:6001\"}\n"
               "  segmenter: {type: zmq_in, answers: frames, endpoint: \"tcp://127.0.0.1:6000\"}\n"
               "  marked:\n"
               "    type: draw_masks\n"
               "    inputs: {video: reader, masks: segmenter.array}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "masks",
                        .type = VF_PORT_ARRAY,
                        .help = "The masks of each frame, n x height x width"},
                       {.name = "classes",
                        .type = VF_PORT_ANY,
                        .help = "Their n classes, which select the colours; without it, the order "
                                "of the masks does",
                        .is_optional = true},
                       {.name = "scores",
                        .type = VF_PORT_ANY,
                        .help = "Their n scores, from 0 to 1",
                        .is_optional = true}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The frames with their masks; those without pass untouched"}),
    .options_size = sizeof(struct draw_masks_options),
    .state_size = sizeof(struct draw_masks),
    .check = draw_masks_check,
    .forecast = vf_drawing_forecast,
    .open = draw_masks_open,
    .process = draw_masks_process,
    .close = draw_masks_close,
};
