/* SPDX-License-Identifier: MIT */
#include "nodes/write/clip/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/media/write/choice/settings.h"
#include "engine/message/message.h"
#include "engine/node/node.h"
#include "nodes/value/value_text.h"
#include "nodes/vision/event.h"

/* Returns when a frame is shown, as an event has it; VF_NO_TIMESTAMP: it does not say. */
static int64_t time_of(const json_t *frame)
{
    const json_t *pts = json_object_get(frame, "pts"), *base = json_object_get(frame, "time_base");
    struct vf_description time = {.timestamp = json_integer_value(pts),
                                  .time_base = {(int)json_integer_value(json_array_get(base, 0)),
                                                (int)json_integer_value(json_array_get(base, 1))}};
    int64_t time_ns = json_is_integer(pts) ? vf_message_time_ns(&time) : VF_NO_TIMESTAMP;
    const json_t *seconds = json_object_get(frame, "timestamp");
    if (time_ns == VF_NO_TIMESTAMP && json_is_number(seconds))
        time_ns = (int64_t)(json_number_value(seconds) * VF_NS_PER_S);
    return time_ns;
}

/* Whether a value says that something is so. */
static bool says_something(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value) > 0;
    if (json_is_object(value))
        return json_object_size(value) > 0;
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_number(value))
        return json_number_value(value) != 0;
    return json_is_true(value);
}

/* Makes an event of a message that is none of itself, named after who sent it. */
static json_t *make_event(const struct vf_clip_events *events, unsigned input,
                          const struct vf_message *message, json_t *value)
{
    json_t *frame = vf_event_frame(events->run, message);
    const char *name = events->run->input_names[input];
    json_t *source = json_object_get(frame, "source");
    return json_pack("{s:s, s:n, s:s, s:O, s:O, s:o, s:n, s:n, s:n, s:n, s:{s:o}}", "what", name,
                     "where", "task", name, "camera", source ? source : json_null(), "begin", frame,
                     "end", frame, "track", "class", "score", "box", "details", "value",
                     value ? value : json_null());
}

/* Reads what a message tells: *event, the caller's; NULL: nothing. */
static int read_event(const struct vf_clip_events *events, unsigned input,
                      const struct vf_message *message, json_t **event)
{
    const struct vf_description *description = &message->description;
    json_t *value = NULL;
    *event = NULL;
    if (description->type == VF_VALUE_ARRAY && description->array.dimensions &&
        !description->array.shape[0])
        return VF_OK;
    if (description->type == VF_VALUE_JSON) {
        value = vf_value_parse(message);
        if (!value)
            return -EINVAL;
        if (json_is_object(json_object_get(value, "begin"))) {
            *event = value;
            return VF_OK;
        }
        if (!says_something(value)) {
            json_decref(value);
            return VF_OK;
        }
    }
    *event = make_event(events, input, message, value);
    return *event ? VF_OK : -ENOMEM;
}

static bool is_same(const json_t *one, const json_t *other, const char *key)
{
    const json_t *a = json_object_get(one, key), *b = json_object_get(other, key);
    return (!a && !b) || (a && b && json_equal((json_t *)a, (json_t *)b));
}

/* Whether an event ends one that goes on. */
static bool is_end_of(const struct vf_clip_event *end, const struct vf_clip_event *begun)
{
    return begun->goes_on && is_same(end->told, begun->told, "task") &&
           is_same(end->told, begun->told, "where") && is_same(end->told, begun->told, "track") &&
           end->begin_ns == begun->begin_ns;
}

/* The sum of two times, none of which is beyond all. */
static int64_t add(int64_t time_ns, int64_t more_ns)
{
    int64_t sum;
    if (__builtin_add_overflow(time_ns, more_ns, &sum))
        return more_ns > 0 ? VF_SPAN_GOES_ON - 1 : INT64_MIN + 1;
    return sum;
}

/* Ends what goes on with it, and adds what is recorded of an event that was told at `now_ns`. What is older than the longest delay
 * may be gone already, and so never is. */
static int add_span(struct vf_clip_events *events, struct vf_clip_event *event, int64_t now_ns,
                    struct vf_spans *spans)
{
    const struct vf_output_settings *settings = events->settings;
    int64_t oldest_ns = add(now_ns, -settings->event_delay_ns);
    int64_t begin_ns = event->begin_ns > oldest_ns ? event->begin_ns : oldest_ns;
    int64_t end_ns = event->end_ns > oldest_ns ? event->end_ns : oldest_ns;
    bool is_end = false;
    if (event->end_ns != VF_SPAN_GOES_ON)
        end_ns = add(end_ns, settings->post_roll_ns);
    for (size_t i = 0; i < events->count; i++) {
        struct vf_clip_event *begun = &events->items[i];
        if (event->end_ns == VF_SPAN_GOES_ON || !is_end_of(event, begun))
            continue;
        if (spans)
            vf_spans_end(spans, begun->id, end_ns);
        if (!event->begin.file && begun->begin.file)
            event->begin = (struct vf_clip_place){json_incref(begun->begin.file),
                                                  begun->begin.frame, begun->begin.time_ns};
        begun->goes_on = false;
        is_end = true;
    }
    if (is_end || !spans)
        return VF_OK;
    const struct vf_span span = {add(begin_ns, -settings->pre_roll_ns), end_ns, event->id};
    return vf_spans_add(spans, &span);
}

static void finish_event(struct vf_clip_event *event)
{
    json_decref(event->told);
    json_decref(event->begin.file);
    json_decref(event->end.file);
    vf_message_destroy(&event->message);
}

static int keep(struct vf_clip_events *events, const struct vf_clip_event *event)
{
    if (events->count == events->room) {
        size_t room = events->room ? 2 * events->room : 16;
        struct vf_clip_event *items = realloc(events->items, room * sizeof(*items));
        if (!items)
            return -ENOMEM;
        events->items = items;
        events->room = room;
    }
    events->items[events->count++] = *event;
    return VF_OK;
}

/* Remembers what a message says of itself. */
static int note_message(struct vf_message **noted, const struct vf_message *message)
{
    struct vf_payload *none = NULL;
    int err = vf_message_create(noted, VF_VALUE_NONE, &none);
    if (!err)
        (*noted)->description = message->description;
    return err;
}

int vf_clip_events_take(struct vf_clip_events *events, unsigned input,
                        const struct vf_message *message, struct vf_spans *spans)
{
    struct vf_clip_event event = {.id = ++events->total};
    int err = read_event(events, input, message, &event.told);
    if (err || !event.told)
        return err;
    int64_t now_ns = vf_message_time_ns(&message->description);
    const json_t *end = json_object_get(event.told, "end");
    event.begin_ns = time_of(json_object_get(event.told, "begin"));
    if (event.begin_ns == VF_NO_TIMESTAMP)
        event.begin_ns = now_ns;
    event.goes_on = !json_is_object(end);
    event.end_ns = event.goes_on ? VF_SPAN_GOES_ON : time_of(end);
    if (event.end_ns < event.begin_ns)
        event.end_ns = event.begin_ns;
    if (event.begin_ns == VF_NO_TIMESTAMP) {
        vf_node_report_error(events->run, "an event without a timestamp is left out");
        finish_event(&event);
        return VF_OK;
    }
    err = note_message(&event.message, message);
    if (!err)
        err = add_span(events, &event, now_ns == VF_NO_TIMESTAMP ? event.begin_ns : now_ns, spans);
    if (!err)
        err = keep(events, &event);
    if (err)
        finish_event(&event);
    return err;
}

const json_t *vf_clip_events_first(const struct vf_clip_events *events, const struct vf_span *span)
{
    const struct vf_clip_event *first = NULL;
    for (size_t i = 0; i < events->count; i++) {
        const struct vf_clip_event *event = &events->items[i];
        bool is_in = event->begin_ns <= span->end_ns &&
                     add(event->end_ns, events->settings->post_roll_ns) >= span->begin_ns;
        if (is_in && (!first || event->begin_ns < first->begin_ns))
            first = event;
    }
    return first ? first->told : NULL;
}

/* Looks for a frame in a file. */
static void find_place(struct vf_clip_place *place, int64_t time_ns, const char *path,
                       const struct vf_frame_index *index)
{
    if (place->file || time_ns == VF_SPAN_GOES_ON ||
        !vf_frame_index_find(index, time_ns, &place->frame, &place->time_ns))
        return;
    place->file = json_string(path);
}

static json_t *tell_place(const struct vf_clip_place *place)
{
    if (!place->file)
        return json_null();
    return json_pack("{s:O, s:I, s:f}", "file", place->file, "frame", (json_int_t)place->frame,
                     "timestamp", (double)place->time_ns / VF_NS_PER_S);
}

/* Tells an event again. The clips are written all the same when nobody wants to know any more. */
static int tell(struct vf_clip_events *events, struct vf_clip_event *event)
{
    event->is_told = true;
    if (!vf_node_is_read(events->run, events->port))
        return VF_OK;
    json_t *told = json_copy(event->told);
    json_object_set_new(told, "recording",
                        json_pack("{s:o, s:o}", "begin", tell_place(&event->begin), "end",
                                  tell_place(&event->end)));
    int err = vf_event_emit_value(events->run, events->port, told, event->message);
    return err == VF_END && !vf_node_stop_requested(events->run) ? VF_OK : err;
}

/* Forgets what has ended and been told. */
static void forget(struct vf_clip_events *events)
{
    size_t kept = 0;
    for (size_t i = 0; i < events->count; i++) {
        struct vf_clip_event *event = &events->items[i];
        if (event->is_told && !event->goes_on)
            finish_event(event);
        else
            events->items[kept++] = *event;
    }
    events->count = kept;
}

int vf_clip_events_note_file(struct vf_clip_events *events, const char *path,
                             const struct vf_frame_index *index)
{
    int64_t last_ns = vf_frame_index_last_ns(index);
    int err = VF_OK;
    for (size_t i = 0; i < events->count && err >= 0; i++) {
        struct vf_clip_event *event = &events->items[i];
        int64_t named_ns = event->end_ns == VF_SPAN_GOES_ON ? event->begin_ns : event->end_ns;
        if (event->is_told)
            continue;
        find_place(&event->begin, event->begin_ns, path, index);
        find_place(&event->end, event->end_ns, path, index);
        if (named_ns <= last_ns)
            err = tell(events, event);
    }
    forget(events);
    return err;
}

void vf_clip_events_look(struct vf_clip_events *events, const char *path,
                         const struct vf_frame_index *index)
{
    for (size_t i = 0; i < events->count; i++) {
        struct vf_clip_event *event = &events->items[i];
        if (event->is_told && !event->goes_on)
            continue;
        find_place(&event->begin, event->begin_ns, path, index);
        find_place(&event->end, event->end_ns, path, index);
    }
}

int vf_clip_events_tell(struct vf_clip_events *events, int64_t until_ns)
{
    int err = VF_OK;
    for (size_t i = 0; i < events->count && err >= 0; i++) {
        struct vf_clip_event *event = &events->items[i];
        bool ends = event->end_ns != VF_SPAN_GOES_ON;
        int64_t named_ns = ends ? event->end_ns : event->begin_ns;
        bool is_found = event->begin.file && (event->end.file || !ends);
        if (!event->is_told && (is_found || named_ns <= until_ns))
            err = tell(events, event);
    }
    forget(events);
    return err;
}

int vf_clip_events_end(struct vf_clip_events *events)
{
    int err = VF_OK;
    for (size_t i = 0; i < events->count && err >= 0; i++) {
        if (!events->items[i].is_told)
            err = tell(events, &events->items[i]);
    }
    return err;
}

void vf_clip_events_finish(struct vf_clip_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        finish_event(&events->items[i]);
    free(events->items);
    events->items = NULL;
    events->count = events->room = 0;
}
