/* SPDX-License-Identifier: MIT */
#include "nodes/vision/tracked.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "nodes/value/value_text.h"

#define LARGEST_ID 9007199254740992.0 /* up to there a double has every whole number */

static int make_room(struct vf_tracked_list *list, size_t count)
{
    if (count <= list->capacity)
        return VF_OK;
    struct vf_tracked *items =
        count <= SIZE_MAX / sizeof(*items) ? realloc(list->items, count * sizeof(*items)) : NULL;
    if (!items)
        return -ENOMEM;
    list->items = items;
    list->capacity = count;
    return VF_OK;
}

static int refuse(size_t index, const char *what)
{
    vf_log(VF_LOG_ERROR, "tracks cannot be read: object %zu %s", index, what);
    return -EINVAL;
}

static bool is_id(double number)
{
    return fabs(number) <= LARGEST_ID && floor(number) == number;
}

static int take_row(struct vf_tracked_list *list, size_t index)
{
    const struct vf_box *box = &list->boxes.items[index];
    struct vf_tracked tracked = {.box = *box, .class = NAN, .score = NAN};
    if (list->boxes.columns > VF_BOX_SCORE) {
        tracked.class = box->at[VF_BOX_CLASS];
        tracked.score = box->at[VF_BOX_SCORE];
    }
    if (list->has_ids && !is_id(box->at[VF_BOX_TRACK]))
        return refuse(index, "has a number that is not whole");
    if (list->has_ids)
        tracked.id = (int64_t)box->at[VF_BOX_TRACK];
    list->items[list->count++] = tracked;
    return VF_OK;
}

static int read_rows(struct vf_tracked_list *list, const struct vf_message *message, bool needs_ids)
{
    const struct vf_box_list *boxes = &list->boxes;
    unsigned with_id = VF_BOX_TRACK + 1;
    int err = vf_box_list_read(&list->boxes, message, needs_ids ? with_id : VF_BOX_XMAX + 1);
    if (err)
        return err;
    if (needs_ids && boxes->columns > with_id) {
        vf_log(VF_LOG_ERROR, "tracks cannot be read: rows of 6 numbers are what a detector has "
                             "found, without the numbers of objects; put track between");
        return -EINVAL;
    }
    list->has_ids = boxes->columns == with_id;
    err = make_room(list, boxes->count);
    for (size_t i = 0; i < boxes->count && !err; i++)
        err = take_row(list, i);
    return err;
}

int vf_tracked_box(struct vf_box *box, const json_t *corners)
{
    if (!json_is_array(corners) || json_array_size(corners) != VF_BOX_XMAX + 1)
        return -EINVAL;
    for (size_t i = 0; i <= VF_BOX_XMAX; i++) {
        const json_t *number = json_array_get(corners, i);
        if (!json_is_number(number))
            return -EINVAL;
        box->at[i] = json_number_value(number);
    }
    bool is_box = box->at[VF_BOX_YMIN] <= box->at[VF_BOX_YMAX] &&
                  box->at[VF_BOX_XMIN] <= box->at[VF_BOX_XMAX];
    return is_box ? VF_OK : -EINVAL;
}

double vf_tracked_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

static int take_object(struct vf_tracked_list *list, size_t index, const json_t *object)
{
    struct vf_tracked tracked = {.class = vf_tracked_number(object, "class"),
                                 .score = vf_tracked_number(object, "score")};
    double id = vf_tracked_number(object, "id");
    if (isnan(id) || !is_id(id))
        return refuse(index, "has no id that is a whole number");
    tracked.id = (int64_t)id;
    if (vf_tracked_box(&tracked.box, json_object_get(object, "box")) != VF_OK)
        return refuse(index, "has no box of ymin, xmin, ymax, xmax");
    if (!json_is_false(json_object_get(object, "is_seen")))
        list->items[list->count++] = tracked;
    return VF_OK;
}

static int take_objects(struct vf_tracked_list *list, const json_t *objects)
{
    int err = make_room(list, json_array_size(objects));
    list->has_ids = true;
    for (size_t i = 0; i < json_array_size(objects) && !err; i++) {
        const json_t *object = json_array_get(objects, i);
        err = json_is_object(object) ? take_object(list, i, object)
                                     : refuse(i, "is no object with id and box");
    }
    return err;
}

static int read_any(struct vf_tracked_list *list, const struct vf_message *message, bool needs_ids)
{
    list->count = 0;
    list->is_looked_at = true;
    if (message->description.type != VF_VALUE_JSON)
        return read_rows(list, message, needs_ids);
    json_t *value = vf_value_parse(message);
    if (!value)
        return -EINVAL;
    int err = VF_OK;
    if (json_is_null(value))
        list->is_looked_at = false;
    else if (json_is_object(json_array_get(value, 0)))
        err = take_objects(list, value);
    else
        err = read_rows(list, message, needs_ids);
    json_decref(value);
    return err;
}

static bool is_wanted(const struct vf_class_choice *choice, double class)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (fabs(choice->items[i] - class) < 0.5)
            return true;
    }
    return !choice->count;
}

/* Takes those out that are not wanted. */
static int choose(const struct vf_class_choice *choice, struct vf_tracked_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct vf_tracked *tracked = &list->items[i];
        if (choice->count && isnan(tracked->class)) {
            vf_log(VF_LOG_ERROR, "classes cannot be told apart: the objects come without a class; "
                                 "take the output objects of track, not tracks");
            return -EINVAL;
        }
        if (is_wanted(choice, tracked->class))
            list->items[kept++] = *tracked;
    }
    list->count = kept;
    return VF_OK;
}

int vf_tracked_read(struct vf_tracked_list *list, const struct vf_class_choice *classes,
                    const struct vf_message *message)
{
    int err = read_any(list, message, true);
    return err || !classes ? err : choose(classes, list);
}

int vf_tracked_read_found(struct vf_tracked_list *list, const struct vf_message *message)
{
    return read_any(list, message, false);
}

void vf_tracked_finish(struct vf_tracked_list *list)
{
    free(list->items);
    vf_box_list_finish(&list->boxes);
    *list = (struct vf_tracked_list){0};
}

void vf_anchor_point(enum vf_anchor anchor, const struct vf_box *box, double point[2])
{
    const double *at = box->at;
    point[0] = (at[VF_BOX_XMIN] + at[VF_BOX_XMAX]) / 2;
    point[1] = (at[VF_BOX_YMIN] + at[VF_BOX_YMAX]) / 2;
    switch (anchor) {
    case VF_ANCHOR_BOTTOM:
        point[1] = at[VF_BOX_YMAX];
        break;
    case VF_ANCHOR_TOP:
        point[1] = at[VF_BOX_YMIN];
        break;
    case VF_ANCHOR_LEFT:
        point[0] = at[VF_BOX_XMIN];
        break;
    case VF_ANCHOR_RIGHT:
        point[0] = at[VF_BOX_XMAX];
        break;
    case VF_ANCHOR_CENTRE:
        break;
    }
}

int vf_class_choice_set(struct vf_class_choice *choice, const struct vf_option_texts *texts,
                        char *problem, size_t problem_size)
{
    choice->items = texts->count ? calloc(texts->count, sizeof(*choice->items)) : NULL;
    if (texts->count && !choice->items)
        return -ENOMEM;
    for (; choice->count < texts->count; choice->count++) {
        const char *text = texts->items[choice->count];
        char *end;
        choice->items[choice->count] = strtod(text, &end);
        if (end != text && !*end)
            continue;
        snprintf(problem, problem_size,
                 "classes: \"%s\" is no number; the classes of a detector are numbers: [0, 2]",
                 text);
        return -EINVAL;
    }
    return VF_OK;
}

void vf_class_choice_finish(struct vf_class_choice *choice)
{
    free(choice->items);
    *choice = (struct vf_class_choice){0};
}
