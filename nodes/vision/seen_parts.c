/* SPDX-License-Identifier: MIT */
#include "nodes/vision/seen_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "nodes/value/value_text.h"

#define SIDES 4

static void clear(struct vf_seen_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        json_decref(parts->items[i].said);
    parts->count = 0;
}

void vf_seen_parts_finish(struct vf_seen_parts *parts)
{
    clear(parts);
    free(parts->items);
    vf_box_list_finish(&parts->boxes);
    *parts = (struct vf_seen_parts){0};
}

/* Whether any of it is in the frame. */
static bool is_within(const double corners[2 * SIDES], const struct vf_video *frame)
{
    unsigned beyond[SIDES] = {0};
    for (int i = 0; i < 2 * SIDES; i += 2) {
        beyond[0] += corners[i] <= 0;
        beyond[1] += corners[i] >= frame->width;
        beyond[2] += corners[i + 1] <= 0;
        beyond[3] += corners[i + 1] >= frame->height;
    }
    return beyond[0] < SIDES && beyond[1] < SIDES && beyond[2] < SIDES && beyond[3] < SIDES;
}

/* Adds one, and takes what is said of it. */
static int add(struct vf_seen_parts *parts, json_t *said, const double corners[2 * SIDES],
               const struct vf_video *frame)
{
    if (parts->count == parts->capacity && said) {
        size_t capacity = parts->capacity ? 2 * parts->capacity : 16;
        struct vf_seen_part *items = realloc(parts->items, capacity * sizeof(*items));
        if (!items) {
            json_decref(said);
            return -ENOMEM;
        }
        parts->items = items;
        parts->capacity = capacity;
    }
    if (!said)
        return -ENOMEM;
    struct vf_seen_part *part = &parts->items[parts->count++];
    *part = (struct vf_seen_part){.said = said, .is_within = is_within(corners, frame)};
    memcpy(part->corners, corners, sizeof(part->corners));
    return VF_OK;
}

/* Sets the corners of a box: ymin, xmin, ymax, xmax. */
static void set_corners(double corners[2 * SIDES], const double box[SIDES])
{
    const double set[2 * SIDES] = {box[1], box[0], box[3], box[0], box[3], box[2], box[1], box[2]};
    memcpy(corners, set, sizeof(set));
}

/* What is said of a box that is only numbers. */
static json_t *describe(const struct vf_box *box, unsigned columns)
{
    json_t *said = json_pack("{s:[f, f, f, f]}", "box", box->at[VF_BOX_YMIN], box->at[VF_BOX_XMIN],
                             box->at[VF_BOX_YMAX], box->at[VF_BOX_XMAX]);
    if (columns == 5)
        json_object_set_new(said, "track", json_integer((json_int_t)box->at[VF_BOX_TRACK]));
    if (columns < VF_BOX_COLUMNS)
        return said;
    json_object_set_new(said, "class", json_integer((json_int_t)box->at[VF_BOX_CLASS]));
    json_object_set_new(said, "score", json_real(box->at[VF_BOX_SCORE]));
    return said;
}

static int read_boxes(struct vf_seen_parts *parts, const struct vf_message *message,
                      const struct vf_video *frame)
{
    int err = vf_box_list_read(&parts->boxes, message, 4);
    for (size_t i = 0; i < parts->boxes.count && !err; i++) {
        const struct vf_box *box = &parts->boxes.items[i];
        double corners[2 * SIDES];
        set_corners(corners, box->at);
        err = add(parts, describe(box, parts->boxes.columns), corners, frame);
    }
    return err;
}

/* Reads a list of `count` numbers. */
static bool read_numbers(const json_t *list, size_t count, double *numbers)
{
    bool is_right = json_is_array(list) && json_array_size(list) == count;
    for (size_t i = 0; i < count && is_right; i++) {
        const json_t *number = json_array_get(list, i);
        is_right = json_is_number(number);
        numbers[i] = json_number_value(number);
    }
    return is_right;
}

/* Reads where an object is. Returns false where it does not say so. */
static bool read_place(const json_t *object, double corners[2 * SIDES])
{
    const json_t *list = json_object_get(object, "corners");
    double box[SIDES];
    bool is_right = json_is_array(list) && json_array_size(list) == SIDES;
    for (size_t i = 0; i < SIDES && is_right; i++) {
        double point[2] = {0};
        is_right = read_numbers(json_array_get(list, i), 2, point);
        corners[2 * i] = point[1];
        corners[2 * i + 1] = point[0];
    }
    if (list)
        return is_right;
    is_right = read_numbers(json_object_get(object, "box"), SIDES, box);
    if (is_right)
        set_corners(corners, box);
    return is_right;
}

static int read_objects(struct vf_seen_parts *parts, const json_t *list,
                        const struct vf_video *frame)
{
    size_t i;
    json_t *object;
    json_array_foreach(list, i, object)
    {
        double corners[2 * SIDES];
        if (!read_place(object, corners)) {
            vf_log(VF_LOG_ERROR,
                   "object %zu of boxes has neither a box, [ymin, xmin, ymax, xmax], "
                   "nor four corners",
                   i + 1);
            return -EINVAL;
        }
        int err = add(parts, json_deep_copy(object), corners, frame);
        if (err)
            return err;
    }
    return VF_OK;
}

int vf_seen_parts_read(struct vf_seen_parts *parts, const struct vf_message *message,
                       const struct vf_video *frame)
{
    clear(parts);
    json_t *list = message->description.type == VF_VALUE_ARRAY ? NULL : vf_value_parse(message);
    bool is_of_objects = json_is_array(list) && json_is_object(json_array_get(list, 0));
    int err = is_of_objects ? read_objects(parts, list, frame) : read_boxes(parts, message, frame);
    json_decref(list);
    return err;
}
