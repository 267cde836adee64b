/* SPDX-License-Identifier: MIT */
/* draw_text - writes text on frames. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/label.h"
#include "nodes/draw/text_fields.h"

#define VALUES 1 /* input */

enum position {
    TOP_LEFT,
    TOP,
    TOP_RIGHT,
    LEFT,
    CENTRE,
    RIGHT,
    BOTTOM_LEFT,
    BOTTOM,
    BOTTOM_RIGHT,
};

struct draw_text_options {
    char *text, *font;
    enum position position;
    int x, y, margin, text_size, padding;
    struct vf_colour colour, box;
};

struct draw_text {
    const struct draw_text_options *asked;
    struct vf_label label;
    struct vf_text text; /* of the present frame */
};

static const struct vf_option options[] = {
    {"text",
     "Text to write, with fields such as {time}, and \"\\n"
     "\" between lines",
     VF_TEXT(struct draw_text_options, text), .is_main = true},
    {"position", "Where to put the text",
     VF_CHOICE(struct draw_text_options, position, {"top_left", TOP_LEFT, ""}, {"top", TOP, ""},
               {"top_right", TOP_RIGHT, ""}, {"left", LEFT, ""}, {"centre", CENTRE, ""},
               {"right", RIGHT, ""}, {"bottom_left", BOTTOM_LEFT, ""}, {"bottom", BOTTOM, ""},
               {"bottom_right", BOTTOM_RIGHT, ""}),
     .fallback = "top_left"},
    {"margin", "Distance from the edges of the frame that position names",
     VF_INTEGER(struct draw_text_options, margin), .fallback = "10", VF_RANGE(0, 16384),
     .unit = "pixels"},
    {"x", "Left edge of the text; -1: from position", VF_INTEGER(struct draw_text_options, x),
     .fallback = "-1", VF_RANGE(-1, 16384), .unit = "pixels"},
    {"y", "Top edge of the text; -1: from position", VF_INTEGER(struct draw_text_options, y),
     .fallback = "-1", VF_RANGE(-1, 16384), .unit = "pixels"},
    {"text_size", "Height of a line of text; 0: 1/40 of the height of the frame, at least 12",
     VF_INTEGER(struct draw_text_options, text_size), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "pixels"},
    {"font", "Installed font, such as \"DejaVu Sans:bold\", or a font file",
     VF_TEXT(struct draw_text_options, font), .fallback = "sans"},
    {"colour", "Colour of the letters", VF_COLOUR(struct draw_text_options, colour),
     .fallback = "white"},
    {"box", "Colour of the box behind the text; append @0 for none",
     VF_COLOUR(struct draw_text_options, box), .fallback = "black@0.5"},
    {"padding", "Space between the text and the edges of its box",
     VF_INTEGER(struct draw_text_options, padding), .fallback = "4", VF_RANGE(0, 1000),
     .unit = "pixels"},
};

static int draw_text_check(const void *values, char *problem, size_t size)
{
    const struct draw_text_options *asked = values;
    int err = vf_text_fields_check(asked->text, problem, size);
    if (!err)
        err = vf_glyphs_check(asked->font, problem, size) ? -EINVAL : VF_OK;
    return err;
}

static void draw_text_reach(const void *values, const struct vf_reach *reach)
{
    const struct draw_text_options *asked = values;
    vf_label_reach(asked->font, reach);
}

static int draw_text_open(struct vf_node_run *run)
{
    struct draw_text *drawn = run->state;
    drawn->asked = run->options;
    if (vf_text_fields_have_value(drawn->asked->text) && !run->is_connected[VALUES]) {
        vf_log(VF_LOG_ERROR, "the text has a {value}, but no values come; connect `values`");
        return -EINVAL;
    }
    return vf_label_open(&drawn->label, drawn->asked->font);
}

/* Returns where `length` begins on an axis of `whole`; `third`: 0, 1, 2 for its parts. */
static int placed(unsigned third, int length, int whole, int margin)
{
    if (third == 0)
        return margin;
    return third == 1 ? (whole - length) / 2 : whole - length - margin;
}

static int draw(struct vf_canvas *canvas, void *drawing)
{
    struct draw_text *drawn = drawing;
    const struct draw_text_options *asked = drawn->asked;
    const char *text = drawn->text.bytes;
    int err = vf_label_set_size(&drawn->label, asked->text_size, canvas);
    if (err)
        return err;
    struct vf_rectangle place = vf_label_measure(&drawn->label, text, asked->padding);
    place.x = asked->x >= 0
                  ? asked->x
                  : placed(asked->position % 3U, place.width, canvas->width, asked->margin);
    place.y = asked->y >= 0
                  ? asked->y
                  : placed(asked->position / 3U, place.height, canvas->height, asked->margin);
    const struct vf_label_style style = {asked->padding, asked->colour, asked->box};
    return vf_label_write(&drawn->label, canvas, text, &place, &style);
}

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * VF_NS_PER_S + now.tv_nsec;
}

static int draw_text_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct draw_text *drawn = run->state;
    drawn->text.length = 0;
    int err = vf_text_fields_print(&drawn->text, drawn->asked->text, &inputs[0]->description,
                                   inputs[VALUES], wall_ns());
    if (err)
        return err;
    if (drawn->text.length == 0)
        return vf_drawing_pass(run);
    return vf_drawing_answer(run, inputs[0], draw, drawn);
}

static void draw_text_close(struct vf_node_run *run)
{
    struct draw_text *drawn = run->state;
    vf_label_finish(&drawn->label);
    vf_text_finish(&drawn->text);
}

const struct vf_node vf_node_draw_text = {
    .name = "draw_text",
    .summary = "Write text on every frame.",
    .related = "draw_boxes, overlay",
    .about =
        "The text may contain fields: {time}, the timestamp as 01:02:03.456; {frame}, the "
        "number of the frame, from 1; {source}, the file it was read from, as a path below the "
        "folder of the reader, and {source_time}, the time within that; "
        "{fps}, the nominal frame rate; {date}, the present date and time, or {date:%H:%M} "
        "in the format of strftime(3); {value}, what came on the second input for the frame, "
        "and {value.key} a part of that: {value.faces.0.name} goes down objects by key and "
        "lists by number. What is not known is written as \"-\"; {{ and }} are braces.\n\n"
        "Text may be in any script, from left to right or from right to left as its first "
        "letter. Characters that the font lacks are drawn in the installed font that is most "
        "like it; what no font has is drawn as a box, with a warning.\n\n"
        "Colours may have an opacity, such as white@0.8. Frames keep their format, as with "
        "draw_boxes.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  titled:\n"
               "    type: draw_text\n"
               "    inputs: reader\n"
               "    text: \"{source}  {time}\"\n"
               "    position: bottom_right\n"
               "  out: {type: video_writer, inputs: titled, path: titled.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "values",
                        .type = VF_PORT_ANY,
                        .help = "The value of {value} for each frame",
                        .is_optional = true}),
    .outputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "The frames with the text on them"}),
    .options_size = sizeof(struct draw_text_options),
    .state_size = sizeof(struct draw_text),
    .check = draw_text_check,
    .reach = draw_text_reach,
    .forecast = vf_drawing_forecast,
    .open = draw_text_open,
    .process = draw_text_process,
    .close = draw_text_close,
};
