/* SPDX-License-Identifier: MIT */
/* zones - tells which objects are in areas of the picture. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/time/message_time.h"
#include "nodes/vision/class_counts.h"
#include "nodes/vision/event.h"
#include "nodes/vision/shapes.h"
#include "nodes/vision/track_notes.h"

enum { EVENTS, OCCUPANCY }; /* outputs */
enum { NOW, ENTERED };      /* numbers of a class */

struct zones_options {
    char *zones, *camera;
    struct vf_option_texts classes;
    enum vf_anchor anchor;
    double margin;
    int64_t loiter_ns, gone_ns;
};

struct zone {
    const struct vf_shape *shape;
    json_int_t now, entered, left;
    double stayed; /* all of those that left, in seconds */
    struct vf_class_counts classes;
};

struct zones {
    struct vf_shape_list shapes;
    struct vf_class_choice classes;
    struct vf_tracked_list tracked;
    struct zone *zones; /* one for each shape */
    struct vf_track_notes notes;
};

/* What is remembered of an object. */
struct note {
    struct vf_track_note head;
    struct vf_tracked object; /* as it was seen last */
    double seen;              /* when that was, in seconds */
    json_t *frame;            /* and in which frame */
    struct stay {
        json_t *entered; /* the frame in which it came into the zone; NULL: it is outside */
        double since, class;
        bool has_loitered;
    } stays[];
};

/* What is the same for all objects of a frame. */
struct round {
    struct vf_node_run *run;
    const struct vf_message *input;
    json_t *frame;
    double now;
};

static const struct vf_option options[] = {
    {"zones",
     "The zones by their names, each with its corners in pixels: {yard: [[x, y], [x, y], [x, y]]}",
     VF_JSON_OBJECT(struct zones_options, zones)},
    VF_ANCHOR_OPTION(struct zones_options, anchor),
    {"margin",
     "How far outside of a zone an object has to be to have left it, as a share of the height of "
     "its box",
     VF_NUMBER(struct zones_options, margin), .fallback = "0.1", VF_RANGE(0, 10)},
    {"loiter", "Tell of objects that stay in a zone for so long; 0: do not",
     VF_DURATION(struct zones_options, loiter_ns), .fallback = "0", VF_RANGE(0, 864000)},
    {"gone", "An object that is not seen for so long has left",
     VF_DURATION(struct zones_options, gone_ns), .fallback = "2s", VF_RANGE(0, 86400)},
    VF_CLASSES_OPTION(struct zones_options, classes),
    VF_CAMERA_OPTION(struct zones_options, camera),
};

static int read_options(struct zones *zones, const struct zones_options *asked, char *problem,
                        size_t size)
{
    int err = vf_shapes_parse(&zones->shapes, asked->zones, &vf_shape_zones, problem, size);
    return err ? err : vf_class_choice_set(&zones->classes, &asked->classes, problem, size);
}

static int zones_check(const void *values, char *problem, size_t size)
{
    struct zones zones = {{0}};
    int err = read_options(&zones, values, problem, size);
    vf_shapes_finish(&zones.shapes);
    vf_class_choice_finish(&zones.classes);
    return err;
}

static void release_note(void *bytes, void *context)
{
    const struct zones *zones = context;
    struct note *note = bytes;
    json_decref(note->frame);
    for (size_t i = 0; i < zones->shapes.count; i++)
        json_decref(note->stays[i].entered);
}

static int zones_open(struct vf_node_run *run)
{
    struct zones *zones = run->state;
    char problem[256] = "";
    int err = read_options(zones, run->options, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (err)
        return err;
    size_t count = zones->shapes.count;
    zones->zones = calloc(count, sizeof(*zones->zones));
    if (!zones->zones)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        zones->zones[i].shape = &zones->shapes.items[i];
    zones->notes.note_size = sizeof(struct note) + count * sizeof(struct stay);
    zones->notes.release = release_note;
    zones->notes.context = zones;
    return VF_OK;
}

/* Tells of what `event` says so far. Takes `details`. */
static int tell(const struct round *round, const struct zone *zone, struct vf_event event,
                json_t *details)
{
    const struct zones_options *asked = round->run->options;
    event.where = zone->shape->name;
    event.camera = asked->camera;
    event.details = details;
    if (vf_node_is_read(round->run, EVENTS))
        return vf_event_emit(round->run, EVENTS, &event, round->input);
    json_decref(details);
    return VF_OK;
}

/* To a thousandth of a second. */
static json_t *seconds(double duration)
{
    return json_real(round(fmax(duration, 0) * 1000) / 1000);
}

static int enter(const struct round *round, struct zone *zone, struct stay *stay,
                 const struct note *note)
{
    stay->entered = json_incref(round->frame);
    stay->since = round->now;
    stay->class = note->object.class;
    stay->has_loitered = false;
    zone->now++;
    zone->entered++;
    int err = vf_class_counts_add(&zone->classes, stay->class, NOW, 1);
    if (!err)
        err = vf_class_counts_add(&zone->classes, stay->class, ENTERED, 1);
    const struct vf_event event = {
        .what = "entered", .begin = stay->entered, .object = &note->object};
    return err ? err : tell(round, zone, event, json_pack("{s:I}", "inside", zone->now));
}

/* An object has left, or was in the zone when it was seen last. */
static int leave(const struct round *round, struct zone *zone, struct stay *stay,
                 const struct note *note, bool is_gone)
{
    double stayed = note->seen - stay->since;
    zone->now--;
    zone->left++;
    zone->stayed += fmax(stayed, 0);
    int err = vf_class_counts_add(&zone->classes, stay->class, NOW, -1);
    const struct vf_event event = {
        .what = "left", .begin = stay->entered, .end = note->frame, .object = &note->object};
    if (!err)
        err = tell(round, zone, event,
                   json_pack("{s:I, s:o, s:b}", "inside", zone->now, "seconds", seconds(stayed),
                             "is_gone", is_gone));
    json_decref(stay->entered);
    stay->entered = NULL;
    return err;
}

static int loiter(const struct round *round, const struct zone *zone, struct stay *stay,
                  const struct note *note)
{
    const struct zones_options *asked = round->run->options;
    double stayed = round->now - stay->since;
    double limit = (double)asked->loiter_ns / VF_NS_PER_S;
    if (limit <= 0 || stay->has_loitered || stayed < limit - VF_TIME_ROUNDING)
        return VF_OK;
    stay->has_loitered = true;
    const struct vf_event event = {
        .what = "loitering", .begin = stay->entered, .object = &note->object};
    return tell(round, zone, event, json_pack("{s:o}", "seconds", seconds(stayed)));
}

static int follow(const struct round *round, const struct vf_tracked *object)
{
    const struct zones_options *asked = round->run->options;
    struct zones *zones = round->run->state;
    struct note *note = vf_track_notes_take(&zones->notes, object->id);
    double height = object->box.at[VF_BOX_YMAX] - object->box.at[VF_BOX_YMIN], point[2];
    int err = note ? VF_OK : -ENOMEM;
    if (err)
        return err;
    json_decref(note->frame);
    note->frame = json_incref(round->frame);
    note->object = *object;
    note->seen = round->now;
    vf_anchor_point(asked->anchor, &object->box, point);
    for (size_t i = 0; i < zones->shapes.count && !err; i++) {
        struct stay *stay = &note->stays[i];
        double depth = vf_shape_depth(&zones->shapes.items[i], point);
        if (!stay->entered && depth > 0)
            err = enter(round, &zones->zones[i], stay, note);
        else if (stay->entered && depth < 0 && depth <= -asked->margin * height)
            err = leave(round, &zones->zones[i], stay, note, false);
        if (!err && stay->entered)
            err = loiter(round, &zones->zones[i], stay, note);
    }
    return err;
}

/* Has those left who have not been seen for too long. */
static int let_go(const struct round *round)
{
    const struct zones_options *asked = round->run->options;
    struct zones *zones = round->run->state;
    double limit = (double)asked->gone_ns / VF_NS_PER_S;
    int err = VF_OK;
    for (size_t i = zones->notes.count; i-- > 0 && !err;) {
        struct note *note = vf_track_notes_at(&zones->notes, i);
        bool is_here = note->head.round == zones->notes.round;
        if (is_here || fabs(round->now - note->seen) < limit - VF_TIME_ROUNDING)
            continue;
        for (size_t j = 0; j < zones->shapes.count && !err; j++) {
            if (note->stays[j].entered)
                err = leave(round, &zones->zones[j], &note->stays[j], note, true);
        }
        vf_track_notes_forget(&zones->notes, i);
    }
    return err;
}

static json_t *describe(const struct zone *zone)
{
    static const char *const names[] = {[NOW] = "now", [ENTERED] = "entered"};
    json_t *stayed = zone->left ? seconds(zone->stayed / (double)zone->left) : json_null();
    return json_pack("{s:I, s:I, s:I, s:o, s:o}", "now", zone->now, "entered", zone->entered,
                     "left", zone->left, "seconds", stayed, "classes",
                     vf_class_counts_describe(&zone->classes, names));
}

static int emit_occupancy(const struct round *round)
{
    const struct zones *zones = round->run->state;
    json_t *occupancy = json_object();
    for (size_t i = 0; i < zones->shapes.count; i++)
        json_object_set_new(occupancy, zones->shapes.items[i].name, describe(&zones->zones[i]));
    return vf_event_emit_value(round->run, OCCUPANCY, occupancy, round->input);
}

static int zones_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct zones *zones = run->state;
    int err = vf_tracked_read(&zones->tracked, &zones->classes, inputs[0]);
    if (err)
        return err;
    const struct round round = {.run = run,
                                .input = inputs[0],
                                .frame = vf_event_frame(run, inputs[0]),
                                .now = vf_message_seconds(inputs[0])};
    if (zones->tracked.is_looked_at)
        vf_track_notes_advance(&zones->notes, UINT64_MAX);
    for (size_t i = 0; i < zones->tracked.count && !err; i++)
        err = follow(&round, &zones->tracked.items[i]);
    if (!err && zones->tracked.is_looked_at)
        err = let_go(&round);
    if (!err && vf_node_is_read(run, OCCUPANCY))
        err = emit_occupancy(&round);
    json_decref(round.frame);
    return err;
}

static void zones_close(struct vf_node_run *run)
{
    struct zones *zones = run->state;
    vf_track_notes_finish(&zones->notes);
    for (size_t i = 0; zones->zones && i < zones->shapes.count; i++)
        vf_class_counts_finish(&zones->zones[i].classes);
    free(zones->zones);
    vf_shapes_finish(&zones->shapes);
    vf_class_choice_finish(&zones->classes);
    vf_tracked_finish(&zones->tracked);
}

const struct vf_node vf_node_zones = {
    .name = "zones",
    .summary = "Tell which objects enter, leave and stay in areas of the picture.",
    .about =
        "Objects come from track: its output objects, whose classes are counted, too, or tracks. "
        "A zone has three corners or more, [x, y] in pixels of the frame in which the boxes were "
        "found; its sides may cross.\n\n"
        "An object has entered a zone when its anchor is inside, or when it is first seen there. "
        "It has left when the anchor is outside by the margin, so that a box that trembles on an "
        "edge enters once, or when it has not been seen for a while; then the event names the "
        "frame in which it was seen last. Who is inside when the video ends has not left.\n\n"
        "Times are by the timestamps of the frames; what has none is timed by the clock. Counts go "
        "on from one file to the next. The "
        "events have the form that vflow-events(7) describes.",
    .related = "track, count_lines, draw_text, file_append",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  detect:\n"
               "    type: process\n"
               "    command: [./detect]\n"
               "    inputs: reader\n"
               "    outputs: {boxes: value}\n"
               "  follow: {type: track, inputs: detect}\n"
               "  areas:\n"
               "    type: zones\n"
               "    inputs: follow.objects\n"
               "    zones: {yard: [[0, 250], [400, 250], [400, 400], [0, 400]]}\n"
               "    loiter: 5s\n"
               "  events: {type: file_append, inputs: areas, path: stays.jsonl}\n"
               "  inside: {type: file_append, inputs: areas.occupancy, path: inside.jsonl}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "tracks",
                        .type = VF_PORT_ANY,
                        .help = "The objects in each frame, as track tells them; null: nobody has "
                                "looked"}),
    .outputs = VF_PORTS(
        {.name = "events",
         .type = VF_PORT_VALUE,
         .help = "A message for each object that has entered, has left, or stays for long",
         .may_split = true},
        {.name = "occupancy",
         .type = VF_PORT_VALUE,
         .help = "After each frame: {yard: {now: 2, entered: 5, left: 3, seconds: 8.2, classes: "
                 "{\"0\": {now: 2, entered: 5}}}}, with the mean time of those that left"}),
    .options_size = sizeof(struct zones_options),
    .state_size = sizeof(struct zones),
    .check = zones_check,
    .open = zones_open,
    .process = zones_process,
    .close = zones_close,
};
