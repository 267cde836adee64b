/* SPDX-License-Identifier: MIT */
/* speed - tells how fast objects move on the ground. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/time/message_time.h"
#include "nodes/vision/event.h"
#include "nodes/vision/ground.h"
#include "nodes/vision/track_notes.h"

#define MOST_PLACES 256 /* by which a speed is measured */
#define LEAST_SHARE 0.5 /* of the time over which it is, before it is told */
#define SLOWER 0.95     /* of the limit: who is below it is not too fast any more */
#define GONE 2.0        /* seconds after which an object that is not seen is forgotten */
#define KM_H 3.6        /* of a metre a second */

enum { EVENTS, SPEEDS }; /* outputs */

struct speed_options {
    struct vf_option_texts picture, ground, classes;
    char *camera;
    enum vf_anchor anchor;
    int64_t over_ns;
    double limit;
};

struct speed {
    struct vf_ground ground;
    struct vf_class_choice classes;
    struct vf_tracked_list tracked;
    struct vf_track_notes notes;
};

/* What is remembered of an object. */
struct note {
    struct vf_track_note head;
    struct vf_tracked object; /* as it was seen last */
    double seen;              /* when that was, in seconds */
    json_t *frame;            /* and in which frame */
    json_t *too_fast; /* the frame from which on it is faster than the limit; NULL: it is not */
    double since, fastest; /* when that was, and how fast it has been since, in km/h */
    size_t first, count;   /* of the ring of places */
    struct place {
        double time, at[2]; /* seconds, metres */
    } places[MOST_PLACES];
};

/* What is the same for all objects of a frame. */
struct round {
    struct vf_node_run *run;
    const struct vf_message *input;
    json_t *frame, *speeds;
    double now;
};

static const struct vf_option options[] = {
    {"picture", "Four points of the picture, in pixels, in order around: [[x, y], ...]",
     VF_TEXT_LIST(struct speed_options, picture)},
    {"ground", "Their places on the ground, in metres, in the same order: [[x, y], ...]",
     VF_TEXT_LIST(struct speed_options, ground)},
    {"over", "Time over which a speed is measured", VF_DURATION(struct speed_options, over_ns),
     .fallback = "1s", VF_RANGE(0.05, 60)},
    {"limit", "Tell of objects that are faster; 0: of none", VF_NUMBER(struct speed_options, limit),
     .fallback = "0", VF_RANGE(0, 10000), .unit = "km/h"},
    VF_ANCHOR_OPTION(struct speed_options, anchor),
    VF_CLASSES_OPTION(struct speed_options, classes),
    VF_CAMERA_OPTION(struct speed_options, camera),
};

static int read_options(struct speed *speed, const struct speed_options *asked, char *problem,
                        size_t size)
{
    double picture[VF_GROUND_POINTS][2], ground[VF_GROUND_POINTS][2];
    int err = vf_ground_points(picture, &asked->picture, "picture", problem, size);
    if (!err)
        err = vf_ground_points(ground, &asked->ground, "ground", problem, size);
    if (!err)
        err =
            vf_ground_find(&speed->ground, (const double(*)[2])picture, (const double(*)[2])ground);
    return err ? err : vf_class_choice_set(&speed->classes, &asked->classes, problem, size);
}

static int speed_check(const void *values, char *problem, size_t size)
{
    struct speed speed = {{{{0}}}};
    int err = read_options(&speed, values, problem, size);
    vf_class_choice_finish(&speed.classes);
    return err;
}

static void release_note(void *bytes, void *context)
{
    struct note *note = bytes;
    (void)context;
    json_decref(note->frame);
    json_decref(note->too_fast);
}

static int speed_open(struct vf_node_run *run)
{
    struct speed *speed = run->state;
    char problem[256] = "";
    int err = read_options(speed, run->options, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    speed->notes.note_size = sizeof(struct note);
    speed->notes.release = release_note;
    return err;
}

static struct place *place_at(struct note *note, size_t index)
{
    return &note->places[(note->first + index) % MOST_PLACES];
}

/* Adds a place, and lets go of those that are too old, or too many. */
static void add_place(struct note *note, double now, const double at[2], double over)
{
    bool has_jumped = note->count && now <= place_at(note, note->count - 1)->time;
    if (has_jumped)
        note->count = 0;
    while (note->count && (note->count == MOST_PLACES ||
                           now - place_at(note, 0)->time > over + VF_TIME_ROUNDING)) {
        note->first = (note->first + 1) % MOST_PLACES;
        note->count--;
    }
    *place_at(note, note->count++) = (struct place){now, {at[0], at[1]}};
}

/* Returns the speed of the straight line that fits the places best, in km/h; NAN: there are too few. */
static double measure(struct note *note, double over)
{
    double mean[3] = {0}, variance = 0, slopes[2] = {0};
    if (note->count < 2 || place_at(note, note->count - 1)->time - place_at(note, 0)->time <
                               LEAST_SHARE * over - VF_TIME_ROUNDING)
        return NAN;
    for (size_t i = 0; i < note->count; i++) {
        const struct place *place = place_at(note, i);
        mean[0] += place->time / (double)note->count;
        mean[1] += place->at[0] / (double)note->count;
        mean[2] += place->at[1] / (double)note->count;
    }
    for (size_t i = 0; i < note->count; i++) {
        const struct place *place = place_at(note, i);
        double time = place->time - mean[0];
        variance += time * time;
        slopes[0] += time * (place->at[0] - mean[1]);
        slopes[1] += time * (place->at[1] - mean[2]);
    }
    return KM_H * hypot(slopes[0], slopes[1]) / variance;
}

/* To `steps` parts of one. */
static json_t *rounded(double number, double steps)
{
    return isfinite(number) ? json_real(round(number * steps) / steps) : json_null();
}

/* Tells that an object is too fast, or has been until it was seen last, in `end`. */
static int tell(const struct round *round, const struct note *note, const char *what, json_t *end,
                double kmh)
{
    const struct speed_options *asked = round->run->options;
    if (!vf_node_is_read(round->run, EVENTS))
        return VF_OK;
    json_t *details =
        json_pack("{s:o, s:o}", "speed", rounded(kmh, 10), "limit", vf_event_number(asked->limit));
    if (end)
        json_object_set_new(details, "seconds", rounded(note->seen - note->since, 1000));
    const struct vf_event event = {.what = what,
                                   .camera = asked->camera,
                                   .begin = note->too_fast,
                                   .end = end,
                                   .object = &note->object,
                                   .details = details};
    return vf_event_emit(round->run, EVENTS, &event, round->input);
}

static int end_excess(const struct round *round, struct note *note)
{
    int err = tell(round, note, "sped", note->frame, note->fastest);
    json_decref(note->too_fast);
    note->too_fast = NULL;
    return err;
}

static int compare_to_limit(const struct round *round, struct note *note, double kmh)
{
    const struct speed_options *asked = round->run->options;
    if (asked->limit <= 0 || isnan(kmh))
        return VF_OK;
    if (note->too_fast && kmh < SLOWER * asked->limit)
        return end_excess(round, note);
    if (note->too_fast) {
        note->fastest = fmax(note->fastest, kmh);
        return VF_OK;
    }
    if (kmh <= asked->limit)
        return VF_OK;
    note->too_fast = json_incref(round->frame);
    note->since = round->now;
    note->fastest = kmh;
    return tell(round, note, "speeding", NULL, kmh);
}

static void add_speed(const struct round *round, const struct vf_tracked *object, double kmh,
                      const double *place)
{
    json_t *box = json_array(), *at = place ? json_array() : json_null();
    for (unsigned i = 0; i <= VF_BOX_XMAX; i++)
        json_array_append_new(box, vf_event_number(object->box.at[i]));
    for (unsigned i = 0; place && i < 2; i++)
        json_array_append_new(at, rounded(place[i], 100));
    json_array_append_new(round->speeds,
                          json_pack("{s:I, s:o, s:o, s:o, s:o}", "id", (json_int_t)object->id,
                                    "class", vf_event_number(object->class), "box", box, "place",
                                    at, "speed", rounded(kmh, 10)));
}

static int follow(const struct round *round, const struct vf_tracked *object)
{
    const struct speed_options *asked = round->run->options;
    struct speed *speed = round->run->state;
    struct note *note = vf_track_notes_take(&speed->notes, object->id);
    double over = (double)asked->over_ns / VF_NS_PER_S, point[2], place[2];
    if (!note)
        return -ENOMEM;
    json_decref(note->frame);
    note->frame = json_incref(round->frame);
    note->object = *object;
    note->seen = round->now;
    vf_anchor_point(asked->anchor, &object->box, point);
    bool is_on_ground = vf_ground_place(&speed->ground, point, place);
    if (is_on_ground)
        add_place(note, round->now, place, over);
    double kmh = is_on_ground ? measure(note, over) : NAN;
    add_speed(round, object, kmh, is_on_ground ? place : NULL);
    return compare_to_limit(round, note, kmh);
}

/* Forgets who has not been seen for a while. */
static int let_go(const struct round *round)
{
    struct speed *speed = round->run->state;
    int err = VF_OK;
    for (size_t i = speed->notes.count; i-- > 0 && !err;) {
        struct note *note = vf_track_notes_at(&speed->notes, i);
        if (note->head.round == speed->notes.round || fabs(round->now - note->seen) < GONE)
            continue;
        if (note->too_fast)
            err = end_excess(round, note);
        vf_track_notes_forget(&speed->notes, i);
    }
    return err;
}

static int speed_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct speed *speed = run->state;
    int err = vf_tracked_read(&speed->tracked, &speed->classes, inputs[0]);
    if (err)
        return err;
    const struct round round = {.run = run,
                                .input = inputs[0],
                                .frame = vf_event_frame(run, inputs[0]),
                                .speeds = json_array(),
                                .now = vf_message_seconds(inputs[0])};
    if (speed->tracked.is_looked_at)
        vf_track_notes_advance(&speed->notes, UINT64_MAX);
    for (size_t i = 0; i < speed->tracked.count && !err; i++)
        err = follow(&round, &speed->tracked.items[i]);
    if (!err && speed->tracked.is_looked_at)
        err = let_go(&round);
    if (!err && vf_node_is_read(run, SPEEDS))
        err = vf_event_emit_value(run, SPEEDS, json_incref(round.speeds), inputs[0]);
    json_decref(round.speeds);
    json_decref(round.frame);
    return err;
}

static void speed_close(struct vf_node_run *run)
{
    struct speed *speed = run->state;
    vf_track_notes_finish(&speed->notes);
    vf_class_choice_finish(&speed->classes);
    vf_tracked_finish(&speed->tracked);
}

const struct vf_node vf_node_speed = {
    .name = "speed",
    .summary = "Tell how fast objects move on the ground, and which of them are too fast.",
    .about =
        "Objects come from track: its output objects, or tracks. Four points of the picture and "
        "their places on a flat ground say where on the ground each object is, for instance the "
        "corners of a rectangle that is painted on the road, 3.5 by 20 metres: ground: [[0, 0], "
        "[3.5, 0], [3.5, 20], [0, 20]]. The farther apart the points, the better; the camera has "
        "to stand still. The anchor has to touch the ground, as the lower edge of a box does.\n\n"
        "A speed is that of the straight line which fits the places of the last second best. It is "
        "not known before half of that time, or for who is at the horizon. Who is faster than the "
        "limit is told of, and again when the speed is below it by 5 percent, or when the object "
        "has not been seen for two seconds.\n\n"
        "Times are by the timestamps of the frames; what has none is timed by the clock. The "
        "events have the form that vflow-events(7) describes.",
    .related = "track, count_lines, zones",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  detect:\n"
               "    type: process\n"
               "    command: [./detect]\n"
               "    inputs: reader\n"
               "    outputs: {boxes: value}\n"
               "  follow: {type: track, inputs: detect}\n"
               "  radar:\n"
               "    type: speed\n"
               "    inputs: follow.objects\n"
               "    picture: [[300, 200], [600, 200], [900, 500], [100, 500]]\n"
               "    ground: [[0, 0], [7, 0], [7, 30], [0, 30]]\n"
               "    limit: 5\n"
               "  events: {type: file_append, inputs: radar, path: fast.jsonl}\n"
               "  all: {type: file_append, inputs: radar.speeds, path: speeds.jsonl}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "tracks",
                        .type = VF_PORT_ANY,
                        .help = "The objects in each frame, as track tells them; null: nobody has "
                                "looked"}),
    .outputs = VF_PORTS({.name = "events",
                         .type = VF_PORT_VALUE,
                         .help = "A message for each object that has become too fast, or is not "
                                 "any more",
                         .may_split = true},
                        {.name = "speeds",
                         .type = VF_PORT_VALUE,
                         .help = "A list with id, class, box, place (x and y on the ground, in "
                                 "metres) and speed (in km/h; null: not known) of each"}),
    .options_size = sizeof(struct speed_options),
    .state_size = sizeof(struct speed),
    .check = speed_check,
    .open = speed_open,
    .process = speed_process,
    .close = speed_close,
};
