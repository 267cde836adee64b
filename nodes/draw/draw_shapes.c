/* SPDX-License-Identifier: MIT */
/* draw_shapes - draws lines and zones, such as those in which objects are counted. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/label.h"
#include "nodes/vision/shapes.h"

#define ARROW 8 /* its length, in thicknesses */

struct draw_shapes_options {
    char *lines, *zones, *font;
    struct vf_colour colour;
    int thickness, text_size;
    bool show_names;
};

struct draw_shapes {
    const struct draw_shapes_options *asked;
    struct vf_shape_list lines, zones;
    struct vf_coverage strokes; /* of all shapes, for pictures of this size */
    struct vf_rectangle bounds;
    struct vf_label label;
};

static const struct vf_option options[] = {
    {"lines", "Lines by their names, as those of count_lines: {door: [[x, y], [x, y]]}",
     VF_JSON_OBJECT(struct draw_shapes_options, lines), .fallback = "{}"},
    {"zones", "Zones by their names, as those of zones: {yard: [[x, y], [x, y], [x, y]]}",
     VF_JSON_OBJECT(struct draw_shapes_options, zones), .fallback = "{}"},
    {"colour", "Colour: a name, or #rrggbb; append @0.5 for half opacity",
     VF_COLOUR(struct draw_shapes_options, colour), .fallback = "red"},
    {"thickness", "Thickness of the lines", VF_INTEGER(struct draw_shapes_options, thickness),
     .fallback = "2", VF_RANGE(1, 1000), .unit = "pixels"},
    {"show_names", "Write the name of each shape at its first point",
     VF_BOOLEAN(struct draw_shapes_options, show_names), .fallback = "true"},
    {"text_size", "Height of a line of text; 0: 1/40 of the height of the frame, at least 12",
     VF_INTEGER(struct draw_shapes_options, text_size), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "pixels"},
    {"font", "Installed font, such as \"DejaVu Sans:bold\", or a font file",
     VF_TEXT(struct draw_shapes_options, font), .fallback = "sans"},
};

static bool is_given(const char *text)
{
    return text[1] != '}'; /* the option has been parsed before */
}

static int read_options(struct draw_shapes *drawn, const struct draw_shapes_options *asked,
                        char *problem, size_t size)
{
    int err = VF_OK;
    if (!is_given(asked->lines) && !is_given(asked->zones)) {
        snprintf(problem, size, "there is nothing to draw; give it lines or zones");
        return -EINVAL;
    }
    if (is_given(asked->lines))
        err = vf_shapes_parse(&drawn->lines, asked->lines, &vf_shape_lines, problem, size);
    if (!err && is_given(asked->zones))
        err = vf_shapes_parse(&drawn->zones, asked->zones, &vf_shape_zones, problem, size);
    return err;
}

static int draw_shapes_check(const void *values, char *problem, size_t size)
{
    const struct draw_shapes_options *asked = values;
    struct draw_shapes drawn = {0};
    int err = read_options(&drawn, asked, problem, size);
    vf_shapes_finish(&drawn.lines);
    vf_shapes_finish(&drawn.zones);
    if (!err && asked->show_names)
        err = vf_glyphs_check(asked->font, problem, size) ? -EINVAL : VF_OK;
    return err;
}

static void draw_shapes_reach(const void *values, const struct vf_reach *reach)
{
    const struct draw_shapes_options *asked = values;
    vf_label_reach(asked->font, reach);
}

static int draw_shapes_open(struct vf_node_run *run)
{
    struct draw_shapes *drawn = run->state;
    char problem[256] = "";
    drawn->asked = run->options;
    int err = read_options(drawn, drawn->asked, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err && drawn->asked->show_names)
        err = vf_label_open(&drawn->label, drawn->asked->font);
    return err;
}

/* Adds an arrow from the middle of a line to the side that is called in. */
static void add_arrow(struct draw_shapes *drawn, const struct vf_shape *line)
{
    const double *from = line->points[0], *to = line->points[1];
    double length = hypot(to[0] - from[0], to[1] - from[1]), thickness = drawn->asked->thickness;
    double along[2] = {(to[0] - from[0]) / length, (to[1] - from[1]) / length};
    double middle[2] = {(from[0] + to[0]) / 2, (from[1] + to[1]) / 2};
    double reach = ARROW * thickness, side = reach / 3;
    double tip[2] = {middle[0] - along[1] * reach, middle[1] + along[0] * reach};
    double back[2] = {tip[0] + along[1] * side, tip[1] - along[0] * side};
    double left[2] = {back[0] - along[0] * side, back[1] - along[1] * side};
    double right[2] = {back[0] + along[0] * side, back[1] + along[1] * side};
    vf_coverage_add_line(&drawn->strokes, middle, tip, thickness);
    vf_coverage_add_line(&drawn->strokes, left, tip, thickness);
    vf_coverage_add_line(&drawn->strokes, right, tip, thickness);
}

static void add_shapes(struct draw_shapes *drawn, const struct vf_shape_list *shapes)
{
    for (size_t i = 0; i < shapes->count; i++) {
        const struct vf_shape *shape = &shapes->items[i];
        bool is_line = shape->count == 2;
        for (size_t j = is_line; j < shape->count; j++)
            vf_coverage_add_line(&drawn->strokes, shape->points[j],
                                 shape->points[(j + 1) % shape->count], drawn->asked->thickness);
        if (is_line)
            add_arrow(drawn, shape);
    }
}

/* Draws the strokes, which stay the same as long as the pictures have one size. */
static int make_strokes(struct draw_shapes *drawn, const struct vf_rectangle *bounds)
{
    if (bounds->width == drawn->bounds.width && bounds->height == drawn->bounds.height)
        return VF_OK;
    int err = vf_coverage_clear(&drawn->strokes, bounds);
    if (err)
        return err;
    add_shapes(drawn, &drawn->lines);
    add_shapes(drawn, &drawn->zones);
    drawn->bounds = *bounds;
    return VF_OK;
}

static int write_names(struct draw_shapes *drawn, struct vf_canvas *canvas,
                       const struct vf_shape_list *shapes)
{
    int err = VF_OK;
    for (size_t i = 0; i < shapes->count && !err; i++) {
        const double *point = shapes->items[i].points[0];
        const struct vf_rectangle place = {(int)point[0], (int)point[1], 1, 1};
        err = vf_label_write_on_box(&drawn->label, canvas, shapes->items[i].name, &place,
                                    &drawn->asked->colour);
    }
    return err;
}

static int draw_all(struct vf_canvas *canvas, void *drawing)
{
    struct draw_shapes *drawn = drawing;
    const struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    int err = make_strokes(drawn, &bounds);
    if (err)
        return err;
    vf_canvas_draw(canvas, &drawn->strokes, &drawn->asked->colour);
    if (!drawn->asked->show_names)
        return VF_OK;
    err = vf_label_set_size(&drawn->label, drawn->asked->text_size, canvas);
    if (!err)
        err = write_names(drawn, canvas, &drawn->lines);
    return err ? err : write_names(drawn, canvas, &drawn->zones);
}

static int draw_shapes_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return vf_drawing_answer(run, inputs[0], draw_all, run->state);
}

static void draw_shapes_close(struct vf_node_run *run)
{
    struct draw_shapes *drawn = run->state;
    vf_shapes_finish(&drawn->lines);
    vf_shapes_finish(&drawn->zones);
    vf_coverage_finish(&drawn->strokes);
    vf_label_finish(&drawn->label);
}

const struct vf_node vf_node_draw_shapes = {
    .name = "draw_shapes",
    .summary = "Draw lines and zones, such as those in which objects are counted.",
    .related = "count_lines, zones, draw_tracks",
    .about = "Points are [x, y], in pixels. The arrow on a line points to the side that "
             "count_lines calls in. Frames keep their format, as with draw_boxes.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  marked:\n"
               "    type: draw_shapes\n"
               "    inputs: reader\n"
               "    lines: {door: [[100, 300], [500, 300]]}\n"
               "    zones: {yard: [[0, 350], [400, 350], [400, 500], [0, 500]]}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The frames with shapes"}),
    .options_size = sizeof(struct draw_shapes_options),
    .state_size = sizeof(struct draw_shapes),
    .check = draw_shapes_check,
    .reach = draw_shapes_reach,
    .forecast = vf_drawing_forecast,
    .open = draw_shapes_open,
    .process = draw_shapes_process,
    .close = draw_shapes_close,
};
