/* SPDX-License-Identifier: MIT */
/* draw_objects - draws what is said of objects: their outlines, key points, text and names. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/draw/drawing.h"
#include "nodes/draw/label.h"
#include "nodes/value/value_text.h"

#define LABEL_SIZE 512
#define SIDES 4
#define FARTHEST 1e6 /* pixels */

struct draw_objects_options {
    struct vf_option_texts colours, bones;
    char *font;
    int thickness, text_size;
    double min_score, point_score;
    bool show_label;
};

/* Two key points that are joined by a line. */
struct bone {
    unsigned from, to;
};

struct draw_objects {
    const struct draw_objects_options *asked;
    struct vf_colour *colours;
    struct bone *bones;
    size_t bone_count;
    struct vf_coverage strokes; /* of one object */
    struct vf_label label;
    json_t *objects; /* of the present frame */
};

/* A person's, as COCO has them. */
static const struct bone usual_bones[] = {
    {0, 1},  {0, 2},  {1, 3},  {2, 4},   {5, 6},   {5, 7},   {7, 9},   {6, 8},
    {8, 10}, {5, 11}, {6, 12}, {11, 12}, {11, 13}, {13, 15}, {12, 14}, {14, 16},
};
#define USUAL_POINTS 17

static const struct vf_option options[] = {
    {"colours",
     "Colours of the classes from 0 on, repeated as needed; of what has a track, of those",
     VF_TEXT_LIST(struct draw_objects_options, colours), .fallback = "[0xffe100]", .is_main = true},
    {"thickness", "Thickness of the lines", VF_INTEGER(struct draw_objects_options, thickness),
     .fallback = "2", VF_RANGE(1, 1000), .unit = "pixels"},
    {"bones",
     "Key points that are joined by lines, as [0-1, 1-3]; empty: those of a person, where there "
     "are "
     "17",
     VF_TEXT_LIST(struct draw_objects_options, bones), .fallback = "[]"},
    {"point_score", "Leave out key points with a lower score",
     VF_NUMBER(struct draw_objects_options, point_score), .fallback = "0.5", VF_RANGE(0, 1)},
    {"min_score", "Leave out objects with a lower score",
     VF_NUMBER(struct draw_objects_options, min_score), .fallback = "0", VF_RANGE(0, 1)},
    {"show_label", "Label each object with its text, its name, its track or its class",
     VF_BOOLEAN(struct draw_objects_options, show_label), .fallback = "true"},
    {"text_size", "Height of a line of text; 0: 1/40 of the height of the frame, at least 12",
     VF_INTEGER(struct draw_objects_options, text_size), .fallback = "0", VF_RANGE(0, 1000),
     .unit = "pixels"},
    {"font", "Installed font, such as \"DejaVu Sans:bold\", or a font file",
     VF_TEXT(struct draw_objects_options, font), .fallback = "sans"},
};

static int read_bones(const struct vf_option_texts *texts, struct bone **bones, char *problem,
                      size_t size)
{
    *bones = calloc(texts->count + 1, sizeof(**bones));
    if (!*bones)
        return -ENOMEM;
    for (size_t i = 0; i < texts->count; i++) {
        struct bone *bone = &(*bones)[i];
        int length = 0;
        if (sscanf(texts->items[i], "%3u-%3u%n", &bone->from, &bone->to, &length) == 2 &&
            !texts->items[i][length])
            continue;
        snprintf(problem, size, "bones: '%s' is no pair of points, such as 0-1", texts->items[i]);
        free(*bones);
        *bones = NULL;
        return -EINVAL;
    }
    return VF_OK;
}

static int draw_objects_check(const void *values, char *problem, size_t size)
{
    const struct draw_objects_options *asked = values;
    struct vf_colour *colours = NULL;
    struct bone *bones = NULL;
    if (!asked->colours.count) {
        snprintf(problem, size, "no colours; give one, or leave `colours` out");
        return -EINVAL;
    }
    int err = vf_drawing_colours(&asked->colours, &colours, problem, size);
    if (!err)
        err = read_bones(&asked->bones, &bones, problem, size);
    free(colours);
    free(bones);
    if (!err && asked->show_label)
        err = vf_glyphs_check(asked->font, problem, size) ? -EINVAL : VF_OK;
    return err;
}

static void draw_objects_reach(const void *values, const struct vf_reach *reach)
{
    const struct draw_objects_options *asked = values;
    vf_label_reach(asked->font, reach);
}

static int draw_objects_open(struct vf_node_run *run)
{
    struct draw_objects *drawn = run->state;
    char problem[256] = "";
    drawn->asked = run->options;
    drawn->bone_count = drawn->asked->bones.count;
    int err = vf_drawing_colours(&drawn->asked->colours, &drawn->colours, problem, sizeof(problem));
    if (!err)
        err = read_bones(&drawn->asked->bones, &drawn->bones, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err && drawn->asked->show_label)
        err = vf_label_open(&drawn->label, drawn->asked->font);
    return err;
}

static bool is_shown(const struct draw_objects *drawn, const json_t *object)
{
    const json_t *score = json_object_get(object, "score");
    return json_is_object(object) &&
           (!score || json_number_value(score) >= drawn->asked->min_score);
}

/* Reads `count` finite numbers of a list. */
static bool read_numbers(const json_t *list, size_t count, double *numbers)
{
    if (!json_is_array(list) || json_array_size(list) < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *number = json_array_get(list, i);
        numbers[i] = json_number_value(number);
        if (!json_is_number(number) || !(fabs(numbers[i]) < FARTHEST))
            return false;
    }
    return true;
}

/* Reads the corners of an object, as x and y: its own, or those of its box. */
static bool read_outline(const json_t *object, double corners[SIDES][2])
{
    const json_t *own = json_object_get(object, "corners");
    double box[SIDES];
    for (size_t i = 0; i < SIDES && own; i++) {
        double point[2];
        if (!read_numbers(json_array_get(own, i), 2, point))
            return false;
        corners[i][0] = point[1];
        corners[i][1] = point[0];
    }
    if (own)
        return true;
    if (!read_numbers(json_object_get(object, "box"), SIDES, box))
        return false;
    const double set[SIDES][2] = {
        {box[1], box[0]}, {box[3], box[0]}, {box[3], box[2]}, {box[1], box[2]}};
    memcpy(corners, set, sizeof(set));
    return true;
}

/* Reads a key point. Returns false for one that is not sure enough. */
static bool read_point(const struct draw_objects *drawn, const json_t *points, size_t number,
                       double point[2])
{
    const json_t *listed = json_array_get(points, number);
    double read[2];
    const json_t *score = json_array_get(listed, 2);
    if (!read_numbers(listed, 2, read) ||
        (score && json_number_value(score) < drawn->asked->point_score))
        return false;
    point[0] = read[1];
    point[1] = read[0];
    return true;
}

static void add_points(struct draw_objects *drawn, const json_t *points)
{
    bool is_usual = !drawn->bone_count && json_array_size(points) == USUAL_POINTS;
    const struct bone *bones = is_usual ? usual_bones : drawn->bones;
    size_t count = is_usual ? VF_COUNT(usual_bones) : drawn->bone_count;
    double thickness = drawn->asked->thickness;
    for (size_t i = 0; i < count; i++) {
        double from[2], to[2];
        if (read_point(drawn, points, bones[i].from, from) &&
            read_point(drawn, points, bones[i].to, to))
            vf_coverage_add_line(&drawn->strokes, from, to, thickness);
    }
    for (size_t i = 0; i < json_array_size(points); i++) {
        double point[2];
        if (read_point(drawn, points, i, point))
            vf_coverage_add_disc(&drawn->strokes, point, 1.5 * thickness);
    }
}

/* Returns the part of the picture that an object's lines can be in. */
static struct vf_rectangle find_extent(const struct draw_objects *drawn, const json_t *object,
                                       double corners[SIDES][2], const struct vf_rectangle *bounds)
{
    double least[2] = {INFINITY, INFINITY}, most[2] = {-INFINITY, -INFINITY};
    const json_t *points = json_object_get(object, "points");
    for (size_t i = 0; i < SIDES + json_array_size(points); i++) {
        double point[2];
        if (i < SIDES)
            memcpy(point, corners[i], sizeof(point));
        else if (!read_point(drawn, points, i - SIDES, point))
            continue;
        for (int k = 0; k < 2; k++) {
            least[k] = fmin(least[k], point[k]);
            most[k] = fmax(most[k], point[k]);
        }
    }
    int margin = 2 * drawn->asked->thickness + 1;
    struct vf_rectangle extent = {(int)floor(least[0]) - margin, (int)floor(least[1]) - margin,
                                  (int)(most[0] - least[0]) + 2 * margin + 1,
                                  (int)(most[1] - least[1]) + 2 * margin + 1};
    return vf_rectangle_common(&extent, bounds);
}

static const char *label_of(const json_t *object, char label[LABEL_SIZE])
{
    static const char *const keys[] = {"text", "name"}, *const numbers[] = {"track", "class"};
    for (size_t i = 0; i < VF_COUNT(keys); i++) {
        const char *text = json_string_value(json_object_get(object, keys[i]));
        if (text)
            return text;
    }
    for (size_t i = 0; i < VF_COUNT(numbers); i++) {
        const json_t *number = json_object_get(object, numbers[i]);
        if (!json_is_number(number))
            continue;
        snprintf(label, LABEL_SIZE, "%.15g", json_number_value(number));
        return label;
    }
    return "";
}

static struct vf_colour colour_of(const struct draw_objects *drawn, const json_t *object)
{
    const json_t *number = json_object_get(object, "track");
    if (!json_is_number(number))
        number = json_object_get(object, "class");
    double value = json_number_value(number);
    size_t place = value >= 0 && value < 1e15 ? (size_t)value : 0;
    return drawn->colours[place % drawn->asked->colours.count];
}

static int draw_object(struct draw_objects *drawn, struct vf_canvas *canvas, const json_t *object)
{
    double corners[SIDES][2];
    char number[LABEL_SIZE];
    const struct vf_colour colour = colour_of(drawn, object);
    const struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    if (!read_outline(object, corners))
        return VF_OK;
    const struct vf_rectangle extent = find_extent(drawn, object, corners, &bounds);
    if (!extent.width || !extent.height)
        return VF_OK;
    int err = vf_coverage_clear(&drawn->strokes, &extent);
    if (err)
        return err;
    for (size_t i = 0; i < SIDES; i++)
        vf_coverage_add_line(&drawn->strokes, corners[i], corners[(i + 1) % SIDES],
                             drawn->asked->thickness);
    add_points(drawn, json_object_get(object, "points"));
    vf_canvas_draw(canvas, &drawn->strokes, &colour);
    const char *label = label_of(object, number);
    if (!drawn->asked->show_label || !*label)
        return VF_OK;
    return vf_label_write_on_box(&drawn->label, canvas, label, &extent, &colour);
}

static int draw_all(struct vf_canvas *canvas, void *drawing)
{
    struct draw_objects *drawn = drawing;
    size_t i;
    json_t *object;
    int err = VF_OK;
    if (drawn->asked->show_label)
        err = vf_label_set_size(&drawn->label, drawn->asked->text_size, canvas);
    json_array_foreach(drawn->objects, i, object)
    {
        if (!err && is_shown(drawn, object))
            err = draw_object(drawn, canvas, object);
    }
    return err;
}

static int draw_objects_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct draw_objects *drawn = run->state;
    size_t i;
    json_t *object;
    bool has_some = false;
    drawn->objects = vf_value_parse(inputs[1]);
    if (!json_is_array(drawn->objects) && !json_is_null(drawn->objects)) {
        vf_log(VF_LOG_ERROR, "what came as objects is no list");
        json_decref(drawn->objects);
        drawn->objects = NULL;
        return -EINVAL;
    }
    json_array_foreach(drawn->objects, i, object)
    {
        has_some = has_some || is_shown(drawn, object);
    }
    int err = has_some ? vf_drawing_answer(run, inputs[0], draw_all, drawn) : vf_drawing_pass(run);
    json_decref(drawn->objects);
    drawn->objects = NULL;
    return err;
}

static void draw_objects_close(struct vf_node_run *run)
{
    struct draw_objects *drawn = run->state;
    vf_coverage_finish(&drawn->strokes);
    vf_label_finish(&drawn->label);
    free(drawn->colours);
    free(drawn->bones);
}

const struct vf_node vf_node_draw_objects = {
    .name = "draw_objects",
    .summary = "Draw what is said of objects: outlines, key points, text and names.",
    .related = "draw_boxes, draw_tracks, detect, recognize",
    .about =
        "For objects in words, as detect, recognize and track tell them. One that lies at an "
        "angle is drawn by its corners, others by their box. Key points are joined by bones. The "
        "label is the text that was read, else the name, the track or the class.\n\n"
        "Frames keep their format, as with draw_boxes; those without objects pass untouched.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  find: {type: detect, inputs: reader, model: pose.onnx}\n"
               "  marked: {type: draw_objects, inputs: {video: reader, objects: find.objects}}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "objects",
                        .type = VF_PORT_VALUE,
                        .help = "A list of objects for each frame, each with box; or null"}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The frames with their objects; those without pass untouched"}),
    .options_size = sizeof(struct draw_objects_options),
    .state_size = sizeof(struct draw_objects),
    .check = draw_objects_check,
    .reach = draw_objects_reach,
    .forecast = vf_drawing_forecast,
    .open = draw_objects_open,
    .process = draw_objects_process,
    .close = draw_objects_close,
};
