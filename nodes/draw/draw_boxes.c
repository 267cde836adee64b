/* SPDX-License-Identifier: MIT */
/* draw_boxes - draws boxes around what was found in a frame, and says what it is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/label.h"
#include "nodes/value/class_labels.h"

#define LABEL_SIZE 256
#define PROBLEM_SIZE 512

struct draw_boxes_options {
    struct vf_option_texts boxes, names, colours;
    char *labels, *font;
    int thickness, text_size;
    double min_score;
    bool show_label, show_score;
};

struct draw_boxes {
    const struct draw_boxes_options *asked;
    struct vf_box_source source;
    struct vf_class_labels names;
    struct vf_colour *colours;
    struct vf_label label;
};

static const struct vf_option options[] = {
    {"boxes", "Boxes of all frames, instead of those of the input: [[ymin, xmin, ymax, xmax], ...]",
     VF_TEXT_LIST(struct draw_boxes_options, boxes), .fallback = "[]", .is_main = true},
    VF_CLASS_LABELS_OPTIONS(struct draw_boxes_options, labels, names),
    {"colours", "Colours of the classes from 0 on, repeated as needed",
     VF_TEXT_LIST(struct draw_boxes_options, colours), .fallback = "[0xffe100]"},
    {"thickness", "Thickness of the lines, which are drawn inside the box",
     VF_INTEGER(struct draw_boxes_options, thickness), .fallback = "2", VF_RANGE(1, 1000),
     .unit = "pixels"},
    {"min_score", "Leave out boxes with a lower score",
     VF_NUMBER(struct draw_boxes_options, min_score), .fallback = "0", VF_RANGE(0, 1)},
    {"show_label", "Label each box with its class, or its number",
     VF_BOOLEAN(struct draw_boxes_options, show_label), .fallback = "true"},
    {"show_score", "Add the score to the label", VF_BOOLEAN(struct draw_boxes_options, show_score),
     .fallback = "true"},
    {"text_size", "Height of a line of text; 0: 1/40 of the height of the frame, at least 12",
     VF_INTEGER(struct draw_boxes_options, text_size), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "pixels"},
    {"font", "Installed font, such as \"DejaVu Sans:bold\", or a font file",
     VF_TEXT(struct draw_boxes_options, font), .fallback = "sans"},
};

static int draw_boxes_check(const void *values, char *problem, size_t size)
{
    const struct draw_boxes_options *asked = values;
    struct vf_colour *colours = NULL;
    if (!asked->colours.count) {
        snprintf(problem, size, "no colours; give one, or leave `colours` out");
        return -EINVAL;
    }
    int err = vf_drawing_colours(&asked->colours, &colours, problem, size);
    free(colours);
    if (!err)
        err = vf_box_option_check(&asked->boxes, 4, problem, size);
    if (!err)
        err = vf_class_labels_check(asked->labels, &asked->names, problem, size);
    if (!err && asked->show_label)
        err = vf_glyphs_check(asked->font, problem, size) ? -EINVAL : VF_OK;
    return err;
}

static void draw_boxes_reach(const void *values, const struct vf_reach *reach)
{
    const struct draw_boxes_options *asked = values;
    vf_label_reach(asked->font, reach);
}

static int draw_boxes_open(struct vf_node_run *run)
{
    const struct draw_boxes_options *asked = run->options;
    struct draw_boxes *drawn = run->state;
    char problem[PROBLEM_SIZE] = "";
    drawn->asked = asked;
    int err = vf_box_source_open(&drawn->source, run, &asked->boxes, 4);
    if (err)
        return err;
    err = vf_drawing_colours(&asked->colours, &drawn->colours, problem, sizeof(problem));
    if (!err)
        err = vf_class_labels_take(&drawn->names, asked->labels, &asked->names, problem,
                                   sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err && asked->show_label)
        err = vf_label_open(&drawn->label, asked->font);
    return err;
}

static bool is_shown(const struct draw_boxes *drawn, const struct vf_box *box)
{
    bool has_score = drawn->source.boxes.columns == VF_BOX_COLUMNS;
    return !has_score || box->at[VF_BOX_SCORE] >= drawn->asked->min_score;
}

/* Writes "person: 87.50%", as far as it is known. */
static void make_label(const struct draw_boxes *drawn, const struct vf_box *box,
                       char label[LABEL_SIZE])
{
    unsigned columns = drawn->source.boxes.columns;
    double class_id = box->at[VF_BOX_CLASS];
    const char *name = vf_class_labels_find(&drawn->names, class_id);
    label[0] = '\0';
    if (columns <= VF_BOX_CLASS)
        return;
    int length = name ? snprintf(label, LABEL_SIZE, "%.200s", name)
                      : snprintf(label, LABEL_SIZE, "%.15g", class_id);
    if (columns == VF_BOX_COLUMNS && drawn->asked->show_score)
        snprintf(label + length, (size_t)(LABEL_SIZE - length), ": %.2f%%",
                 100 * box->at[VF_BOX_SCORE]);
}

static struct vf_colour colour_of(const struct draw_boxes *drawn, const struct vf_box *box)
{
    int64_t count = (int64_t)drawn->asked->colours.count;
    double class_id = drawn->source.boxes.columns > VF_BOX_CLASS ? box->at[VF_BOX_CLASS] : 0;
    bool is_number = class_id > -1e15 && class_id < 1e15;
    int64_t place = (is_number ? (int64_t)class_id : 0) % count;
    return drawn->colours[place < 0 ? place + count : place];
}

static int draw_box(const struct draw_boxes *drawn, struct vf_canvas *canvas,
                    const struct vf_box *box, struct vf_label *letters)
{
    const struct vf_rectangle place = vf_box_rectangle(box);
    const struct vf_colour colour = colour_of(drawn, box);
    char label[LABEL_SIZE];
    vf_canvas_outline(canvas, &place, drawn->asked->thickness, &colour);
    make_label(drawn, box, label);
    if (!label[0] || !drawn->asked->show_label)
        return VF_OK;
    return vf_label_write_on_box(letters, canvas, label, &place, &colour);
}

static int draw_all(struct vf_canvas *canvas, void *drawing)
{
    struct draw_boxes *drawn = drawing;
    const struct vf_box_list *boxes = &drawn->source.boxes;
    int err = VF_OK;
    if (drawn->asked->show_label)
        err = vf_label_set_size(&drawn->label, drawn->asked->text_size, canvas);
    for (size_t i = 0; i < boxes->count && !err; i++) {
        if (is_shown(drawn, &boxes->items[i]))
            err = draw_box(drawn, canvas, &boxes->items[i], &drawn->label);
    }
    return err;
}

static int draw_boxes_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct draw_boxes *drawn = run->state;
    int err = vf_box_source_read(&drawn->source, inputs);
    if (err)
        return err;
    const struct vf_box_list *boxes = &drawn->source.boxes;
    for (size_t i = 0; i < boxes->count; i++) {
        if (is_shown(drawn, &boxes->items[i]))
            return vf_drawing_answer(run, inputs[0], draw_all, drawn);
    }
    return vf_drawing_pass(run);
}

static void draw_boxes_close(struct vf_node_run *run)
{
    struct draw_boxes *drawn = run->state;
    vf_box_source_finish(&drawn->source);
    vf_class_labels_finish(&drawn->names);
    vf_label_finish(&drawn->label);
    free(drawn->colours);
}

const struct vf_node vf_node_draw_boxes = {
    .name = "draw_boxes",
    .summary = "Draw a box around each object, with a label.",
    .related = "draw_tracks, draw_masks, blur_boxes",
    .about = "Boxes are an array of n x 4 to 6 numbers of any type, or a JSON list of such rows: "
             "ymin, xmin, ymax, xmax in pixels, then the class and the score of a detected "
             "object, or the number of a tracked one. A box with a class gets a label such as "
             "\"person: 87.50%\", above it if there is room, otherwise inside. Names may be in "
             "any script, as the text of draw_text.\n\n"
             "Frames keep their format: YUV, RGB or gray of 8 to 16 bits is drawn on directly, "
             "and pixels outside of boxes and labels do not change, except for chroma that they "
             "share with a drawn pixel. A frame without boxes passes untouched.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  marked:\n"
               "    type: draw_boxes\n"
               "    inputs: reader\n"
               "    boxes: [[40, 60, 200, 320, 0, 0.875], [80, 400, 160, 560, 1, 0.5]]\n"
               "    names: [person, car]\n"
               "    colours: [yellow, \"#00c0ff\"]\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "The boxes of each frame: an array or a JSON list",
                        .is_optional = true}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The frames with their boxes; those without pass untouched"}),
    .options_size = sizeof(struct draw_boxes_options),
    .state_size = sizeof(struct draw_boxes),
    .check = draw_boxes_check,
    .reach = draw_boxes_reach,
    .forecast = vf_drawing_forecast,
    .open = draw_boxes_open,
    .process = draw_boxes_process,
    .close = draw_boxes_close,
};
