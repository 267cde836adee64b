/* SPDX-License-Identifier: MIT */
/* blur_boxes - makes what is in boxes unrecognisable. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "nodes/draw/box_window.h"
#include "nodes/draw/drawing.h"

#define CHROMA_UNIT 4 /* so that cells of chroma are those of luma */

enum hiding { HIDE_BLUR, HIDE_PIXELATE, HIDE_FILL };
enum missing { MISSING_BLUR, MISSING_WITHHOLD };

struct blur_boxes_options {
    struct vf_option_texts boxes;
    enum hiding how;
    enum missing missing;
    int hold, ahead;
    double strength, grow;
    struct vf_colour colour;
};

struct blur_boxes {
    const struct blur_boxes_options *asked;
    struct vf_box_source source; /* of boxes that are the same in all frames */
    struct vf_box_window window; /* of those that come */
    bool hides_whole;            /* this frame */
    bool has_complained;
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
    {"hold", "Hide the place of a box in so many frames after the last in which it was found, too",
     VF_INTEGER(struct blur_boxes_options, hold), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "frames"},
    {"ahead", "Hide it in so many frames before the first, too; frames come so much later",
     VF_INTEGER(struct blur_boxes_options, ahead), .fallback = "0", VF_RANGE(0, 200),
     .unit = "frames"},
    {"missing", "What to do with a frame in which nobody has looked for boxes",
     VF_CHOICE(struct blur_boxes_options, missing, {"withhold", MISSING_WITHHOLD, "Leave it out"},
               {"blur", MISSING_BLUR, "Hide all of it, as a box"}),
     .fallback = "withhold"},
};

static int blur_boxes_check(const void *values, char *problem, size_t size)
{
    const struct blur_boxes_options *asked = values;
    if (asked->boxes.count && (asked->hold || asked->ahead)) {
        snprintf(problem, size, "%s: boxes are the same in all frames; connect an input boxes",
                 asked->hold ? "hold" : "ahead");
        return -EINVAL;
    }
    return vf_box_option_check(&asked->boxes, 4, problem, size);
}

/* Who looks at single frames may have replicas and be in a group. */
static void blur_boxes_adapt(const void *values, struct vf_node *copy)
{
    const struct blur_boxes_options *asked = values;
    copy->is_stateful = asked->hold || asked->ahead;
    copy->looks_ahead = (unsigned)asked->ahead;
    copy->takes_gaps = asked->missing == MISSING_BLUR && !asked->boxes.count;
}

static int blur_boxes_open(struct vf_node_run *run)
{
    struct blur_boxes *hidden = run->state;
    hidden->asked = run->options;
    int err = vf_box_source_open(&hidden->source, run, &hidden->asked->boxes, 4);
    if (err || hidden->source.is_fixed)
        return err;
    return vf_box_window_open(&hidden->window, run, hidden->asked->hold, hidden->asked->ahead);
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

static int hide_list(struct vf_canvas *canvas, const struct vf_box_list *boxes,
                     const struct blur_boxes_options *asked)
{
    int err = VF_OK;
    for (size_t i = 0; i < boxes->count && !err; i++) {
        const struct vf_rectangle place = vf_box_touched(&boxes->items[i], asked->grow);
        err = hide(canvas, &place, asked);
    }
    return err;
}

static int hide_all(struct vf_canvas *canvas, void *drawing)
{
    const struct blur_boxes *hidden = drawing;
    const struct vf_box_list *boxes;
    int err = VF_OK;
    if (hidden->source.is_fixed)
        return hide_list(canvas, &hidden->source.boxes, hidden->asked);
    if (hidden->hides_whole) {
        const struct vf_rectangle all = vf_canvas_bounds(canvas);
        return hide(canvas, &all, hidden->asked);
    }
    for (size_t i = 0; !err && (boxes = vf_box_window_at(&hidden->window, i)); i++)
        err = hide_list(canvas, boxes, hidden->asked);
    return err;
}

/* Whether a frame stays as it is. */
static bool has_nothing(const struct blur_boxes *hidden)
{
    const struct vf_box_list *boxes;
    if (hidden->source.is_fixed)
        return hidden->source.boxes.count == 0;
    for (size_t i = 0; (boxes = vf_box_window_at(&hidden->window, i)); i++) {
        if (boxes->count)
            return false;
    }
    return !hidden->hides_whole;
}

/* Counts a frame of which nobody knows what is in it, and tells of the first. */
static void complain(struct vf_node_run *run, const struct vf_message *frame, bool is_withheld)
{
    struct blur_boxes *hidden = run->state;
    if (hidden->has_complained)
        vf_node_count_error(run);
    else
        vf_node_report_error(run,
                             "nobody has looked for boxes in frame %llu: it is %s; so are all such",
                             (unsigned long long)frame->description.origin.number,
                             is_withheld ? "left out" : "hidden whole");
    hidden->has_complained = true;
}

static int blur_boxes_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct blur_boxes *hidden = run->state;
    bool is_withheld = hidden->asked->missing == MISSING_WITHHOLD;
    int err = hidden->source.is_fixed ? VF_OK : vf_box_window_advance(&hidden->window, run, inputs);
    if (err)
        return err;
    hidden->hides_whole = !hidden->source.is_fixed && vf_box_window_is_missing(&hidden->window);
    if (hidden->hides_whole) {
        complain(run, inputs[0], is_withheld);
        if (is_withheld)
            return VF_OK;
    }
    if (has_nothing(hidden))
        return vf_drawing_pass(run);
    return vf_drawing_answer(run, inputs[0], hide_all, hidden);
}

static void blur_boxes_close(struct vf_node_run *run)
{
    struct blur_boxes *hidden = run->state;
    vf_box_source_finish(&hidden->source);
    vf_box_window_finish(&hidden->window);
}

const struct vf_node vf_node_blur_boxes = {
    .name = "blur_boxes",
    .summary = "Make the inside of boxes unrecognisable.",
    .related = "draw_boxes, crop",
    .about =
        "For faces and number plates. Boxes have the form that draw_boxes takes; numbers "
        "after ymin, xmin, ymax, xmax are ignored. The blur grows with the size of each box, "
        "so that near and far faces are hidden equally well, and nothing from outside a box "
        "flows into it.\n\n"
        "Every pixel that a box touches is hidden, with every chroma sample of such a pixel; "
        "all others stay bit for bit as they were. A frame without boxes passes "
        "untouched.\n\n"
        "A detector misses a face in some frames, and finds it late. With hold and ahead, each "
        "box is hidden in the frames after and before it as well, at the place where it was "
        "found. The node waits for the frames ahead, so in realtime all comes later by as "
        "many.\n\n"
        "Null in place of the boxes of a frame says that nobody has looked; such a frame is "
        "left out, or hidden whole, and counted as an error, and so are the first frames after "
        "a restart if boxes are held. A frame whose boxes never come, since the detector has "
        "left it out or has failed, is left out as well, and counted as unmatched; with "
        "missing: blur it is hidden whole, as long as the inputs are joined by origin.\n\n"
        "A blur keeps the average colours of what it hides, and a weak one can partly be "
        "undone. Use how: fill where nothing may be recoverable.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  hidden: {type: blur_boxes, inputs: reader, boxes: [[40, 60, 200, 320]]}\n"
               "  out: {type: video_writer, inputs: hidden, path: hidden.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .must_look_ahead = true,
    .redacts = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "The boxes of each frame: an array or a JSON list; null: nobody "
                                "has looked",
                        .is_optional = true}),
    .outputs =
        VF_PORTS({.name = "video",
                  .type = VF_PORT_VIDEO,
                  .help = "The frames with their boxes hidden; those without pass untouched"}),
    .options_size = sizeof(struct blur_boxes_options),
    .state_size = sizeof(struct blur_boxes),
    .check = blur_boxes_check,
    .adapt = blur_boxes_adapt,
    .forecast = vf_drawing_forecast,
    .open = blur_boxes_open,
    .process = blur_boxes_process,
    .close = blur_boxes_close,
};
