/* SPDX-License-Identifier: MIT */
#include "nodes/value/boxes.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/message/array_items.h"
#include "engine/wire/complaint.h"
#include "nodes/value/value_text.h"

void vf_box_list_finish(struct vf_box_list *boxes)
{
    free(boxes->items);
    *boxes = (struct vf_box_list){0};
}

static int make_room(struct vf_box_list *boxes, size_t count, struct vf_complaint *complaint)
{
    if (count <= boxes->capacity)
        return VF_OK;
    struct vf_box *items =
        count <= SIZE_MAX / sizeof(*items) ? realloc(boxes->items, count * sizeof(*items)) : NULL;
    if (!items)
        return vf_complain(complaint, -ENOMEM, "memory is too short for %zu boxes", count);
    boxes->items = items;
    boxes->capacity = count;
    return VF_OK;
}

static const char *columns_text(unsigned columns_least)
{
    static const char *const texts[] = {"4 to 6", "5 or 6", "6"};
    return texts[columns_least - 4];
}

/* Takes the width of the rows, which is the same for all. */
static int set_columns(struct vf_box_list *boxes, uint64_t columns, unsigned columns_least,
                       struct vf_complaint *complaint)
{
    if (columns < columns_least || columns > VF_BOX_COLUMNS)
        return vf_complain(complaint, -EINVAL, "a box has %s numbers, not %" PRIu64,
                           columns_text(columns_least), columns);
    boxes->columns = (unsigned)columns;
    return VF_OK;
}

/* Looks at box number `index`, which has been filled in. */
static int check_box(const struct vf_box_list *boxes, size_t index, struct vf_complaint *complaint)
{
    const double *at = boxes->items[index].at;
    for (unsigned i = 0; i < boxes->columns; i++) {
        if (!isfinite(at[i]))
            return vf_complain(complaint, -EINVAL, "box %zu has a number that is not finite",
                               index);
    }
    if (at[VF_BOX_YMIN] > at[VF_BOX_YMAX])
        return vf_complain(complaint, -EINVAL, "box %zu has ymin %g above ymax %g", index,
                           at[VF_BOX_YMIN], at[VF_BOX_YMAX]);
    if (at[VF_BOX_XMIN] > at[VF_BOX_XMAX])
        return vf_complain(complaint, -EINVAL, "box %zu has xmin %g above xmax %g", index,
                           at[VF_BOX_XMIN], at[VF_BOX_XMAX]);
    return VF_OK;
}

/* numpy's empty array is one of no dimension but its length. */
static bool is_plain_empty(const struct vf_array *array)
{
    return array->dimensions == 1 && array->shape[0] == 0;
}

static int read_array(struct vf_box_list *boxes, const struct vf_message *message,
                      unsigned columns_least, struct vf_complaint *complaint)
{
    const struct vf_array *array = &message->description.array;
    if (is_plain_empty(array))
        return VF_OK;
    if (array->dimensions != 2)
        return vf_complain(complaint, -EINVAL,
                           "boxes are an array of 2 dimensions, n x %s, not of %" PRIu32,
                           columns_text(columns_least), array->dimensions);
    int err = set_columns(boxes, array->shape[1], columns_least, complaint);
    if (!err)
        err = make_room(boxes, array->shape[0], complaint);
    if (err)
        return err;
    size_t row_bytes = boxes->columns * vf_array_item_size(array->dtype);
    for (; boxes->count < array->shape[0] && !err; boxes->count++) {
        struct vf_box *box = &boxes->items[boxes->count];
        *box = (struct vf_box){{0}};
        vf_array_items_read(box->at, array->dtype,
                            message->payload->data + boxes->count * row_bytes, boxes->columns);
        err = check_box(boxes, boxes->count, complaint);
    }
    return err;
}

/* Reads one row into box number `index`, for which there is room. */
static int read_row(struct vf_box_list *boxes, size_t index, const json_t *row,
                    unsigned columns_least, struct vf_complaint *complaint)
{
    if (!json_is_array(row))
        return vf_complain(complaint, -EINVAL, "box %zu is no list of numbers", index);
    size_t columns = json_array_size(row);
    if (index == 0) {
        int err = set_columns(boxes, columns, columns_least, complaint);
        if (err)
            return err;
    }
    if (columns != boxes->columns)
        return vf_complain(complaint, -EINVAL, "box %zu has another length than box 0: %zu, not %u",
                           index, columns, boxes->columns);
    struct vf_box *box = &boxes->items[index];
    *box = (struct vf_box){{0}};
    for (size_t i = 0; i < columns; i++) {
        const json_t *number = json_array_get(row, i);
        if (!json_is_number(number))
            return vf_complain(complaint, -EINVAL, "box %zu has something that is no number",
                               index);
        box->at[i] = json_number_value(number);
    }
    return check_box(boxes, index, complaint);
}

static int read_json(struct vf_box_list *boxes, const json_t *value, unsigned columns_least,
                     struct vf_complaint *complaint)
{
    if (!json_is_array(value))
        return vf_complain(complaint, -EINVAL,
                           "something else than a list; boxes are [[ymin, xmin, ymax, xmax], ...]");
    size_t count = json_array_size(value);
    int err = make_room(boxes, count, complaint);
    for (; boxes->count < count && !err; boxes->count++)
        err = read_row(boxes, boxes->count, json_array_get(value, boxes->count), columns_least,
                       complaint);
    return err;
}

static int read_any(struct vf_box_list *boxes, const struct vf_message *message,
                    unsigned columns_least, struct vf_complaint *complaint)
{
    if (message->description.type == VF_VALUE_ARRAY)
        return read_array(boxes, message, columns_least, complaint);
    if (message->description.type != VF_VALUE_JSON)
        return vf_complain(complaint, -EINVAL, "neither an array nor a list");
    json_t *value = vf_value_parse(message);
    if (!value)
        return -EINVAL; /* it has said why */
    int err = read_json(boxes, value, columns_least, complaint);
    json_decref(value);
    return err;
}

int vf_box_list_read(struct vf_box_list *boxes, const struct vf_message *message,
                     unsigned columns_least)
{
    struct vf_complaint complaint = {""};
    boxes->count = boxes->columns = 0;
    int err = read_any(boxes, message, columns_least, &complaint);
    if (err) {
        boxes->count = 0;
        if (*complaint.text)
            vf_log(VF_LOG_ERROR, "boxes cannot be read: %s", complaint.text);
    }
    return err;
}

static int parse_number(double *number, const char *text)
{
    char *end;
    *number = strtod(text, &end);
    return end == text || *end ? -EINVAL : VF_OK;
}

/* Reads the numbers of one box, for which there is room. */
static int parse_row(struct vf_box_list *boxes, size_t index, const struct vf_option_texts *row,
                     unsigned columns_least, struct vf_complaint *complaint)
{
    if (index == 0) {
        int err = set_columns(boxes, row->count, columns_least, complaint);
        if (err)
            return err;
    }
    if (row->count != boxes->columns)
        return vf_complain(complaint, -EINVAL, "box %zu has another length than box 0: %zu, not %u",
                           index, row->count, boxes->columns);
    struct vf_box *box = &boxes->items[index];
    *box = (struct vf_box){{0}};
    for (size_t i = 0; i < row->count; i++) {
        if (parse_number(&box->at[i], row->items[i]) != VF_OK)
            return vf_complain(complaint, -EINVAL, "box %zu has \"%s\", which is no number", index,
                               row->items[i]);
    }
    return check_box(boxes, index, complaint);
}

static int parse_rows(struct vf_box_list *boxes, const struct vf_option_texts *rows,
                      unsigned columns_least, struct vf_complaint *complaint)
{
    int err = make_room(boxes, rows->count, complaint);
    for (; boxes->count < rows->count && !err; boxes->count++) {
        struct vf_option_texts row = {0};
        const char *text = rows->items[boxes->count];
        if (vf_option_list_split(&row, text) != VF_OK)
            return vf_complain(complaint, -EINVAL, "box %zu is no list: %s", boxes->count, text);
        err = parse_row(boxes, boxes->count, &row, columns_least, complaint);
        vf_option_texts_finish(&row);
    }
    return err;
}

int vf_box_list_parse(struct vf_box_list *boxes, const struct vf_option_texts *texts,
                      unsigned columns_least, char *problem, size_t problem_size)
{
    struct vf_complaint complaint = {""};
    boxes->count = boxes->columns = 0;
    bool is_single = texts->count > 0 && texts->items[0][0] != '[';
    int err = is_single ? make_room(boxes, 1, &complaint)
                        : parse_rows(boxes, texts, columns_least, &complaint);
    if (is_single && !err)
        err = parse_row(boxes, boxes->count++, texts, columns_least, &complaint);
    if (err) {
        boxes->count = 0;
        snprintf(problem, problem_size, "%s; a box is [ymin, xmin, ymax, xmax], in pixels",
                 complaint.text);
    }
    return err;
}
