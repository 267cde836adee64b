/* SPDX-License-Identifier: MIT */
#include "nodes/vision/event.h"

#include <errno.h>
#include <math.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/node/node.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"

#define MOST_EXACT 9007199254740992.0

json_t *vf_event_number(double number)
{
    if (!isfinite(number))
        return json_null();
    bool is_whole = fabs(number) <= MOST_EXACT && floor(number) == number;
    return is_whole ? json_integer((json_int_t)number) : json_real(number);
}

/* When a frame came, by the clock on the wall; null where frames come as fast as they can. */
static json_t *tell_clock(const struct vf_node_run *run, const struct vf_description *frame)
{
    char text[VF_CLOCK_UTC_SIZE];
    if (!vf_node_comes_live(run))
        return json_null();
    int64_t age_ns = vf_clock_now_ns() - frame->event_time_ns;
    vf_clock_print_utc(text, vf_clock_since_1970_ns() - age_ns);
    return json_string(text);
}

json_t *vf_event_frame(const struct vf_node_run *run, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    bool is_timed = description->timestamp != VF_NO_TIMESTAMP;
    json_t *frame = json_object();
    vf_record_add_head(frame, description);
    json_object_set_new(frame, "pts",
                        is_timed ? json_integer((json_int_t)description->timestamp) : json_null());
    json_object_set_new(
        frame, "time_base",
        json_pack("[i, i]", description->time_base.num, description->time_base.den));
    vf_record_add_source_time(frame, description);
    json_object_set_new(frame, "clock", tell_clock(run, description));
    return frame;
}

static json_t *name_camera(const struct vf_event *event)
{
    if (event->camera && *event->camera)
        return json_string(event->camera);
    return json_incref(json_object_get(event->begin, "source"));
}

void vf_event_add_object(json_t *told, const struct vf_tracked *object, bool has_track,
                         bool has_box)
{
    json_t *box = object && has_box ? json_array() : json_null();
    for (unsigned i = 0; object && has_box && i <= VF_BOX_XMAX; i++)
        json_array_append_new(box, vf_event_number(object->box.at[i]));
    json_object_set_new(told, "track",
                        object && has_track ? json_integer((json_int_t)object->id) : json_null());
    json_object_set_new(told, "class", vf_event_number(object ? object->class : NAN));
    json_object_set_new(told, "score", vf_event_number(object ? object->score : NAN));
    json_object_set_new(told, "box", box);
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

int vf_event_emit(struct vf_node_run *run, unsigned port, const struct vf_event *event,
                  const struct vf_message *input)
{
    json_t *told = json_object();
    json_object_set_new(told, "what", json_string(event->what));
    json_object_set_new(told, "where", text_or_null(event->where));
    json_object_set_new(told, "task", json_string(run->name));
    json_object_set_new(told, "camera", name_camera(event));
    json_object_set(told, "begin", event->begin);
    json_object_set_new(told, "end", event->end ? json_incref(event->end) : json_null());
    vf_event_add_object(told, event->object, event->object != NULL, event->object != NULL);
    json_object_set_new(told, "details", event->details ? event->details : json_object());
    return vf_event_emit_value(run, port, told, input);
}

int vf_event_emit_value(struct vf_node_run *run, unsigned port, json_t *value,
                        const struct vf_message *input)
{
    struct vf_text text = {0};
    struct vf_message *message = NULL;
    if (value)
        vf_value_write(&text, value);
    json_decref(value);
    int err = text.failed || !text.bytes
                  ? -ENOMEM
                  : vf_message_create_json(&message, text.bytes, text.length);
    vf_text_finish(&text);
    if (!err)
        vf_message_follow(message, input);
    return vf_node_emit_made(run, port, err, &message);
}
