/* SPDX-License-Identifier: MIT */
#include "nodes/record/record.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/message/array_json.h"
#include "engine/message/description_json.h"
#include "engine/node/node.h"
#include "nodes/value/boxes.h"
#include "nodes/value/value_text.h"

#define LEAST_COLUMNS 4

static bool is_taken(const char *name)
{
    static const char *const taken[] = {"number", "timestamp", "source", "source_time"};
    for (size_t i = 0; i < VF_COUNT(taken); i++) {
        if (strcmp(name, taken[i]) == 0)
            return true;
    }
    return false;
}

int vf_record_check_names(const struct vf_node_run *run)
{
    for (unsigned i = 0; i < run->input_count && run->input_count > 1; i++) {
        const char *name = run->input_names[i];
        if (!name || !is_taken(name))
            continue;
        vf_log(VF_LOG_ERROR,
               "the input from %s would stand under a name that each line has; give that task "
               "another name",
               name);
        return -EINVAL;
    }
    return VF_OK;
}

/* A billionth of a second is more than any clock resolves, and hides how binary fractions end. */
static json_t *make_seconds(double seconds)
{
    return json_real(round(seconds * 1e9) / 1e9);
}

void vf_record_add_head(json_t *record, const struct vf_description *description)
{
    const char *source = description->source;
    double seconds;
    bool is_timed = vf_value_seconds(description, &seconds);
    json_object_set_new(record, "number", json_integer((json_int_t)description->origin.number));
    json_object_set_new(record, "timestamp", is_timed ? make_seconds(seconds) : json_null());
    json_object_set_new(record, "source",
                        *source ? vf_text_to_json(source, sizeof(description->source))
                                : json_null());
}

void vf_record_add_source_time(json_t *record, const struct vf_description *description)
{
    int64_t time_ns = description->source_time_ns;
    json_object_set_new(record, "source_time",
                        time_ns == VF_NO_TIMESTAMP ? json_null()
                                                   : make_seconds((double)time_ns / VF_NS_PER_S));
}

static bool is_row(const json_t *row, size_t columns)
{
    if (!json_is_array(row) || json_array_size(row) != columns)
        return false;
    for (size_t i = 0; i < columns; i++) {
        const json_t *number = json_array_get(row, i);
        if (!json_is_number(number) && !json_is_null(number)) /* null: not finite */
            return false;
    }
    return true;
}

/* The numbers in a row of boxes; 0: it is something else. */
static size_t count_columns(const json_t *list)
{
    size_t columns = json_array_size(json_array_get(list, 0));
    if (columns < LEAST_COLUMNS || columns > VF_BOX_COLUMNS)
        return 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!is_row(json_array_get(list, i), columns))
            return 0;
    }
    return columns;
}

static json_t *name_row(json_t *row, size_t columns)
{
    static const char *const names[] = {
        [VF_BOX_YMIN] = "ymin", [VF_BOX_XMIN] = "xmin",   [VF_BOX_YMAX] = "ymax",
        [VF_BOX_XMAX] = "xmax", [VF_BOX_CLASS] = "class", [VF_BOX_SCORE] = "score",
    };
    json_t *box = json_object();
    for (size_t i = 0; i < columns; i++) {
        bool is_track = i == VF_BOX_TRACK && columns == VF_BOX_TRACK + 1;
        json_object_set(box, is_track ? "track" : names[i], json_array_get(row, i));
    }
    return box;
}

/* Makes objects of the rows of boxes. Takes `list`, and gives it back where it holds none. */
static json_t *name_boxes(json_t *list)
{
    size_t columns = count_columns(list);
    if (!columns)
        return list;
    json_t *boxes = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(boxes, name_row(json_array_get(list, i), columns));
    json_decref(list);
    return boxes;
}

static json_t *make_value(const struct vf_message *message, bool has_boxes)
{
    json_t *value;
    if (message->description.type == VF_VALUE_JSON)
        value = vf_value_parse(message);
    else if (message->description.type == VF_VALUE_ARRAY)
        value = vf_array_to_json(message);
    else
        value = vf_description_to_json(&message->description);
    return has_boxes && json_is_array(value) ? name_boxes(value) : value;
}

json_t *vf_record_make(const struct vf_node_run *run, struct vf_message *const *inputs,
                       bool has_boxes)
{
    json_t *record = json_object();
    for (unsigned i = 0; i < run->input_count; i++) {
        const char *name = run->input_count > 1 ? run->input_names[i] : "value";
        if (!inputs[i] || !name)
            continue;
        if (json_object_size(record) == 0)
            vf_record_add_head(record, &inputs[i]->description);
        json_t *value = make_value(inputs[i], has_boxes);
        if (!value || json_object_set_new(record, name, value) < 0) {
            json_decref(record);
            return NULL;
        }
    }
    return record;
}
