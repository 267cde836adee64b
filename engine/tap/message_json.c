/* SPDX-License-Identifier: MIT */
#include "engine/tap/message_json.h"

#include <string.h>

#include "engine/base/clock.h"
#include "engine/message/array_json.h"
#include "engine/message/description_json.h"

static double seconds_of(const struct vf_description *description)
{
    return (double)description->timestamp * description->time_base.num / description->time_base.den;
}

static json_t *text_of(const uint8_t *bytes, size_t size)
{
    return json_loadb((const char *)bytes, size, JSON_DECODE_ANY, NULL);
}

/* Adds what a value is: all of it, where people can read it. */
static void add_value(json_t *line, const struct vf_description *description, const uint8_t *bytes)
{
    struct vf_payload payload = {.data = (uint8_t *)(uintptr_t)bytes,
                                 .size = (size_t)description->payload_size};
    const struct vf_message message = {.description = *description, .payload = &payload};
    if (description->type == VF_VALUE_JSON)
        json_object_set_new(line, "value", text_of(bytes, payload.size));
    else if (description->type == VF_VALUE_ARRAY)
        json_object_set_new(line, "value", vf_array_to_json(&message));
}

json_t *vf_tap_message_json(const char *task, const struct vf_description *description,
                            const uint8_t *bytes)
{
    bool has_time = description->timestamp != VF_NO_TIMESTAMP && description->time_base.den;
    double age = (double)(vf_clock_now_ns() - description->event_time_ns) / VF_NS_PER_S;
    json_t *line = json_pack("{s:o, s:I}", "task", vf_text_to_json(task, strlen(task)), "number",
                             (json_int_t)description->origin.number);
    json_object_set_new(line, "time", has_time ? json_real(seconds_of(description)) : json_null());
    json_object_set_new(line, "source",
                        vf_text_to_json(description->source, sizeof(description->source)));
    json_object_set_new(line, "age", json_real(age));
    json_t *form = vf_description_to_json(description);
    json_object_update(line, form);
    json_decref(form);
    add_value(line, description, bytes);
    return line;
}
