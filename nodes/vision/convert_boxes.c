/* SPDX-License-Identifier: MIT */
/* convert_boxes - turns rows of boxes in one form into another. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/message/array_items.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "nodes/value/value_text.h"

enum { BOXES, VIDEO };

/* What a column can be. Those before CLASS are places, along one axis each. */
enum column { YMIN, XMIN, YMAX, XMAX, CY, CX, HEIGHT, WIDTH, CLASS, SCORE, TRACK, COLUMNS };

static const char *const column_names[COLUMNS] = {
    [YMIN] = "ymin",   [XMIN] = "xmin",   [YMAX] = "ymax",  [XMAX] = "xmax",
    [CY] = "cy",       [CX] = "cx",       [HEIGHT] = "h",   [WIDTH] = "w",
    [CLASS] = "class", [SCORE] = "score", [TRACK] = "track"};

struct convert_boxes_options {
    struct vf_option_texts from, to;
    bool from_relative, to_relative;
    int width, height;
};

struct form {
    enum column columns[COLUMNS];
    size_t count;
};

struct convert_boxes {
    struct form from, to;
};

static const struct vf_option options[] = {
    {"from",
     "Columns of the rows that come: ymin, xmin, ymax, xmax, cy, cx, h, w, class, score, track",
     VF_TEXT_LIST(struct convert_boxes_options, from), .fallback = "[xmin, ymin, w, h]",
     .is_main = true},
    {"to", "Columns of the rows that are sent; what has not come is 0, a score 1",
     VF_TEXT_LIST(struct convert_boxes_options, to),
     .fallback = "[ymin, xmin, ymax, xmax, class, score]"},
    {"from_relative", "Places come as shares of the frame, from 0 to 1, rather than in pixels",
     VF_BOOLEAN(struct convert_boxes_options, from_relative), .fallback = "false"},
    {"to_relative", "Send them so", VF_BOOLEAN(struct convert_boxes_options, to_relative),
     .fallback = "false"},
    {"width", "Width of the frames; 0: that of the input video",
     VF_INTEGER(struct convert_boxes_options, width), .fallback = "0", VF_RANGE(0, 65535),
     .unit = "pixels"},
    {"height", "Height of the frames; 0: that of the input video",
     VF_INTEGER(struct convert_boxes_options, height), .fallback = "0", VF_RANGE(0, 65535),
     .unit = "pixels"},
};

static bool has(const struct form *form, enum column column)
{
    for (size_t i = 0; i < form->count; i++) {
        if (form->columns[i] == column)
            return true;
    }
    return false;
}

static int read_column(struct form *form, const char *option, const char *name, char *problem,
                       size_t size)
{
    for (unsigned column = 0; column < COLUMNS; column++) {
        if (strcmp(name, column_names[column]) != 0)
            continue;
        if (!has(form, (enum column)column)) {
            form->columns[form->count++] = (enum column)column;
            return VF_OK;
        }
        snprintf(problem, size, "%s: %s comes twice", option, name);
        return -EINVAL;
    }
    snprintf(
        problem, size,
        "%s: \"%s\" is no column; there are ymin, xmin, ymax, xmax, cy, cx, h, w, class, score "
        "and track",
        option, name);
    return -EINVAL;
}

static int read_form(struct form *form, const char *option, const struct vf_option_texts *names,
                     char *problem, size_t size)
{
    int err = VF_OK;
    form->count = 0;
    for (size_t i = 0; i < names->count && !err; i++)
        err = read_column(form, option, names->items[i], problem, size);
    return err;
}

/* How many of begin, end, middle and length along an axis there are; two say where a box is. */
static unsigned count_places(const struct form *form, unsigned axis)
{
    return (unsigned)has(form, YMIN + axis) + has(form, YMAX + axis) + has(form, CY + axis) +
           has(form, HEIGHT + axis);
}

static int read_forms(struct convert_boxes *forms, const struct convert_boxes_options *asked,
                      char *problem, size_t size)
{
    int err = read_form(&forms->from, "from", &asked->from, problem, size);
    if (!err)
        err = read_form(&forms->to, "to", &asked->to, problem, size);
    for (unsigned axis = 0; axis < 2 && !err; axis++) {
        if (count_places(&forms->from, axis) == 2)
            continue;
        const char *const *names = &column_names[axis];
        snprintf(problem, size, "from: a box has two of %s, %s, %s and %s", names[YMIN],
                 names[YMAX], names[CY], names[HEIGHT]);
        err = -EINVAL;
    }
    if (!err && !forms->to.count) {
        snprintf(problem, size, "to: no column is named");
        err = -EINVAL;
    }
    return err;
}

static int convert_boxes_check(const void *values, char *problem, size_t size)
{
    struct convert_boxes forms = {0};
    return read_forms(&forms, values, problem, size);
}

static int convert_boxes_open(struct vf_node_run *run)
{
    const struct convert_boxes_options *asked = run->options;
    char problem[256];
    bool needs_size = asked->from_relative != asked->to_relative;
    if (needs_size && !run->is_connected[VIDEO] && !(asked->width && asked->height)) {
        vf_log(VF_LOG_ERROR, "shares of a frame become pixels, or pixels shares, by its size; "
                             "connect the input video, or set width and height");
        return -EINVAL;
    }
    return read_forms(run->state, asked, problem, sizeof(problem));
}

/* Fills in begin and end along an axis from the two that have come. */
static void complete_axis(const struct form *from, double at[COLUMNS], unsigned axis, double unit)
{
    double *begin = &at[YMIN + axis], *end = &at[YMAX + axis];
    double *middle = &at[CY + axis], *length = &at[HEIGHT + axis];
    bool has_begin = has(from, YMIN + axis), has_end = has(from, YMAX + axis);
    bool has_middle = has(from, CY + axis);
    if (has_begin && has_end)
        *length = *end - *begin;
    else if (has_middle && has_begin)
        *length = 2 * (*middle - *begin);
    else if (has_middle && has_end)
        *length = 2 * (*end - *middle);
    if (has_middle)
        *begin = *middle - *length / 2;
    else if (!has_begin)
        *begin = *end - *length;
    *begin *= unit;
    *length *= unit;
    *end = *begin + *length;
    *middle = *begin + *length / 2;
}

static void convert_row(const struct convert_boxes *forms, const double *row, double *converted,
                        const double units[2])
{
    double at[COLUMNS] = {[SCORE] = 1};
    for (size_t i = 0; i < forms->from.count; i++)
        at[forms->from.columns[i]] = row[i];
    for (unsigned axis = 0; axis < 2; axis++)
        complete_axis(&forms->from, at, axis, units[axis]);
    for (size_t i = 0; i < forms->to.count; i++)
        converted[i] = at[forms->to.columns[i]];
}

/* Sets by what places down and across are multiplied. */
static void find_units(const struct vf_node_run *run, const struct vf_message *video,
                       double units[2])
{
    const struct convert_boxes_options *asked = run->options;
    double height = video && !asked->height ? video->description.video.height : asked->height;
    double width = video && !asked->width ? video->description.video.width : asked->width;
    units[0] = units[1] = 1;
    if (asked->from_relative == asked->to_relative)
        return;
    units[0] = asked->from_relative ? height : 1 / height;
    units[1] = asked->from_relative ? width : 1 / width;
}

static int refuse(const struct convert_boxes *forms, size_t columns)
{
    vf_log(VF_LOG_ERROR, "boxes cannot be read: rows have %zu numbers, and from names %zu", columns,
           forms->from.count);
    return -EINVAL;
}

static int convert_array(struct vf_node_run *run, const struct vf_message *boxes,
                         const double units[2], struct vf_message **made)
{
    const struct convert_boxes *forms = run->state;
    const struct vf_array *array = &boxes->description.array;
    bool is_empty = array->dimensions == 1 && array->shape[0] == 0;
    if (!is_empty && (array->dimensions != 2 || array->shape[1] != forms->from.count))
        return refuse(forms, array->dimensions == 2 ? array->shape[1] : 0);
    struct vf_payload *payload = NULL;
    double row[COLUMNS], *to = NULL;
    size_t count = array->shape[0], columns = forms->to.count;
    size_t row_bytes = forms->from.count * vf_array_item_size(array->dtype);
    int err = count ? vf_node_allocate(run, count * columns * sizeof(*to), &payload) : VF_OK;
    if (!err && count)
        to = (double *)(void *)payload->data;
    for (size_t i = 0; i < count && to; i++) {
        vf_array_items_read(row, array->dtype, boxes->payload->data + i * row_bytes,
                            forms->from.count);
        convert_row(forms, row, to + i * columns, units);
    }
    if (!err)
        err = vf_message_create(made, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err)
        (*made)->description.array =
            (struct vf_array){.dtype = "<f8", .dimensions = 2, .shape = {count, columns}};
    return err;
}

/* Adds a row to `to`. */
static int convert_json_row(const struct convert_boxes *forms, const json_t *from,
                            const double units[2], json_t *to)
{
    double row[COLUMNS], converted[COLUMNS];
    if (!json_is_array(from) || json_array_size(from) != forms->from.count)
        return refuse(forms, json_array_size(from));
    for (size_t i = 0; i < forms->from.count; i++) {
        if (!json_is_number(json_array_get(from, i))) {
            vf_log(VF_LOG_ERROR, "boxes cannot be read: %s is no number",
                   column_names[forms->from.columns[i]]);
            return -EINVAL;
        }
        row[i] = json_number_value(json_array_get(from, i));
    }
    convert_row(forms, row, converted, units);
    json_t *list = json_array();
    for (size_t i = 0; i < forms->to.count; i++)
        json_array_append_new(list, json_real(converted[i]));
    return json_array_append_new(to, list) == 0 ? VF_OK : -ENOMEM;
}

static int convert_json(const struct convert_boxes *forms, const struct vf_message *boxes,
                        const double units[2], struct vf_message **made)
{
    json_t *from = vf_value_parse(boxes), *to = json_array();
    int err = !from ? -EINVAL : to ? VF_OK : -ENOMEM;
    if (!err && !json_is_array(from)) {
        vf_log(VF_LOG_ERROR, "boxes cannot be read: they are no list of rows");
        err = -EINVAL;
    }
    for (size_t i = 0; i < json_array_size(from) && !err; i++)
        err = convert_json_row(forms, json_array_get(from, i), units, to);
    char *text = err ? NULL : json_dumps(to, 0);
    if (!err)
        err = text ? vf_message_create_json(made, text, strlen(text)) : -ENOMEM;
    free(text);
    json_decref(from);
    json_decref(to);
    return err;
}

static int convert_boxes_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct vf_message *boxes = inputs[BOXES];
    struct vf_message *made = NULL;
    double units[2];
    if (vf_value_is_null(boxes)) /* nobody has looked */
        return vf_node_passthrough(run, 0, BOXES);
    find_units(run, run->is_connected[VIDEO] ? inputs[VIDEO] : NULL, units);
    int err;
    if (boxes->description.type == VF_VALUE_ARRAY)
        err = convert_array(run, boxes, units, &made);
    else
        err = convert_json(run->state, boxes, units, &made);
    if (!err)
        vf_message_follow(made, boxes);
    return vf_node_emit_made(run, 0, err, &made);
}

const struct vf_node vf_node_convert_boxes = {
    .name = "convert_boxes",
    .summary = "Turn rows of boxes in one form into another.",
    .related = "draw_boxes, track, process, python",
    .about =
        "Nodes of vflow speak of boxes as rows of ymin, xmin, ymax, xmax, class and score, in "
        "pixels of the frame; models and programs have other forms. `from` says what the columns "
        "of the rows are that come, in which a box has two of ymin, ymax, cy (its centre) and h, "
        "and two of xmin, xmax, cx and w; `to` says what is sent. So [xmin, ymin, w, h] is the "
        "form of COCO, and [class, cx, cy, w, h] with relative places that of YOLO.\n\n"
        "Rows are an array or a JSON list, and stay that; null, where nobody has looked, passes.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  moving: {type: motion, inputs: reader}\n"
               "  yolo:\n"
               "    type: convert_boxes\n"
               "    inputs: {boxes: moving, video: reader}\n"
               "    from: [ymin, xmin, ymax, xmax, class, score]\n"
               "    to: [class, cx, cy, w, h]\n"
               "    to_relative: true\n"
               "  out: {type: file_append, inputs: yolo, path: boxes.jsonl, boxes: false}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "Rows of the columns that from names: an array or a JSON list"},
                       {.name = "video",
                        .type = VF_PORT_VIDEO,
                        .help = "The frames, for their size",
                        .is_optional = true}),
    .outputs = VF_PORTS(
        {.name = "boxes", .type = VF_PORT_ANY, .help = "Rows of the columns that to names"}),
    .options_size = sizeof(struct convert_boxes_options),
    .state_size = sizeof(struct convert_boxes),
    .check = convert_boxes_check,
    .open = convert_boxes_open,
    .process = convert_boxes_process,
};
