/* SPDX-License-Identifier: MIT */
/* count_lines - counts the objects that cross lines. */
#include <errno.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/vision/class_counts.h"
#include "nodes/vision/crossing.h"
#include "nodes/vision/event.h"
#include "nodes/vision/shapes.h"
#include "nodes/vision/track_notes.h"

#define REMEMBERED 3000 /* frames: no tracker finds an object again after that */

enum { EVENTS, COUNTS }; /* outputs */
enum { IN, OUT };

struct count_lines_options {
    char *lines, *camera;
    struct vf_option_texts classes;
    enum vf_anchor anchor;
    double margin;
};

struct line {
    const struct vf_shape *shape;
    json_int_t ways[2]; /* in, out */
    struct vf_class_counts classes;
};

struct count_lines {
    struct vf_shape_list shapes;
    struct vf_class_choice classes;
    struct vf_tracked_list tracked;
    struct line *lines; /* one for each shape */
    struct vf_track_notes notes;
};

/* What is remembered of an object: where it is by each line. */
struct note {
    struct vf_track_note head;
    struct at_line {
        struct vf_crossing crossing;
        json_t *passed; /* the frame in which it was past the line */
    } lines[];
};

static const struct vf_option options[] = {
    {"lines",
     "The lines by their names, each with its two ends in pixels: {door: [[x, y], [x, y]]}",
     VF_JSON_OBJECT(struct count_lines_options, lines)},
    VF_ANCHOR_OPTION(struct count_lines_options, anchor),
    {"margin",
     "How far past a line an object has to be to be counted, as a share of the height of its box",
     VF_NUMBER(struct count_lines_options, margin), .fallback = "0.1", VF_RANGE(0, 10)},
    VF_CLASSES_OPTION(struct count_lines_options, classes),
    VF_CAMERA_OPTION(struct count_lines_options, camera),
};

static int count_lines_check(const void *values, char *problem, size_t size)
{
    const struct count_lines_options *asked = values;
    struct vf_shape_list shapes = {0};
    struct vf_class_choice classes = {0};
    int err = vf_shapes_parse(&shapes, asked->lines, &vf_shape_lines, problem, size);
    if (!err)
        err = vf_class_choice_set(&classes, &asked->classes, problem, size);
    vf_shapes_finish(&shapes);
    vf_class_choice_finish(&classes);
    return err;
}

static void release_note(void *bytes, void *context)
{
    const struct count_lines *count = context;
    struct note *note = bytes;
    for (size_t i = 0; i < count->shapes.count; i++)
        json_decref(note->lines[i].passed);
}

static int count_lines_open(struct vf_node_run *run)
{
    const struct count_lines_options *asked = run->options;
    struct count_lines *count = run->state;
    char problem[256] = "";
    int err =
        vf_shapes_parse(&count->shapes, asked->lines, &vf_shape_lines, problem, sizeof(problem));
    if (!err)
        err = vf_class_choice_set(&count->classes, &asked->classes, problem, sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (err)
        return err;
    size_t lines = count->shapes.count;
    count->lines = calloc(lines, sizeof(*count->lines));
    if (!count->lines)
        return -ENOMEM;
    for (size_t i = 0; i < lines; i++)
        count->lines[i].shape = &count->shapes.items[i];
    count->notes.note_size = sizeof(struct note) + lines * sizeof(struct at_line);
    count->notes.release = release_note;
    count->notes.context = count;
    return VF_OK;
}

/* Counts an object that has crossed, and tells of it as `event` does so far. */
static int tell(struct vf_node_run *run, struct line *line, unsigned way, struct vf_event event,
                const struct vf_message *input)
{
    line->ways[way]++;
    int err = vf_class_counts_add(&line->classes, event.object->class, way, 1);
    if (err || !vf_node_is_read(run, EVENTS))
        return err;
    event.what = "crossed";
    event.where = line->shape->name;
    event.details =
        json_pack("{s:s, s:I}", "direction", way == IN ? "in" : "out", "count", line->ways[way]);
    return vf_event_emit(run, EVENTS, &event, input);
}

/* Takes an object on to where it is now, by each line. */
static int follow(struct vf_node_run *run, const struct vf_tracked *object, json_t *frame,
                  const struct vf_message *input)
{
    const struct count_lines_options *asked = run->options;
    struct count_lines *count = run->state;
    struct note *note = vf_track_notes_take(&count->notes, object->id);
    double margin = asked->margin * (object->box.at[VF_BOX_YMAX] - object->box.at[VF_BOX_YMIN]);
    double point[2];
    int err = note ? VF_OK : -ENOMEM;
    vf_anchor_point(asked->anchor, &object->box, point);
    for (size_t i = 0; i < count->shapes.count && !err; i++) {
        struct at_line *at = &note->lines[i];
        enum vf_move move = vf_crossing_move(
            &at->crossing, (const double(*)[2])count->shapes.items[i].points, point, margin);
        if (move == VF_MOVE_PASSES || move == VF_MOVE_LEAPS) {
            json_decref(at->passed);
            at->passed = json_incref(frame);
        }
        if (move != VF_MOVE_CROSSES && move != VF_MOVE_LEAPS)
            continue;
        const struct vf_event event = {
            .camera = asked->camera, .begin = at->passed, .end = frame, .object = object};
        err = tell(run, &count->lines[i], at->crossing.sure == VF_SIDE_RIGHT ? IN : OUT, event,
                   input);
    }
    return err;
}

static int emit_counts(struct vf_node_run *run, const struct vf_message *input)
{
    static const char *const names[] = {[IN] = "in", [OUT] = "out"};
    const struct count_lines *count = run->state;
    json_t *counts = json_object();
    for (size_t i = 0; i < count->shapes.count; i++) {
        const struct line *line = &count->lines[i];
        json_object_set_new(counts, line->shape->name,
                            json_pack("{s:I, s:I, s:o}", "in", line->ways[IN], "out",
                                      line->ways[OUT], "classes",
                                      vf_class_counts_describe(&line->classes, names)));
    }
    return vf_event_emit_value(run, COUNTS, counts, input);
}

static int count_lines_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct count_lines *count = run->state;
    int err = vf_tracked_read(&count->tracked, &count->classes, inputs[0]);
    if (err)
        return err;
    json_t *frame = vf_event_frame(run, inputs[0]);
    vf_track_notes_advance(&count->notes, REMEMBERED);
    for (size_t i = 0; i < count->tracked.count && !err; i++)
        err = follow(run, &count->tracked.items[i], frame, inputs[0]);
    json_decref(frame);
    if (!err && vf_node_is_read(run, COUNTS))
        err = emit_counts(run, inputs[0]);
    return err;
}

static void count_lines_close(struct vf_node_run *run)
{
    struct count_lines *count = run->state;
    vf_track_notes_finish(&count->notes);
    for (size_t i = 0; count->lines && i < count->shapes.count; i++)
        vf_class_counts_finish(&count->lines[i].classes);
    free(count->lines);
    vf_shapes_finish(&count->shapes);
    vf_class_choice_finish(&count->classes);
    vf_tracked_finish(&count->tracked);
}

const struct vf_node vf_node_count_lines = {
    .name = "count_lines",
    .summary = "Count the objects that cross lines, in both directions.",
    .about =
        "Objects come from track: its output objects, whose classes are counted, too, or tracks. "
        "A line has two ends, [x, y] in pixels of the frame in which the boxes were found. Who "
        "stands at the first end and looks to the second has the side that is called in at the "
        "right hand: over a line from left to right, in is down. Swap the ends to swap in and "
        "out.\n\n"
        "An object is counted when it was on one side of a line, is on the other, and has passed "
        "between the ends. It has to be past the line by the margin each time, so that a box "
        "that trembles on the line is counted once; one that turns round on the line is not "
        "counted. One that was hidden meanwhile is taken to have gone straight.\n\n"
        "Counts go on from one file to the next. The events have the form that vflow-events(7) "
        "describes.",
    .related = "track, zones, draw_text, file_append",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  detect:\n"
               "    type: process\n"
               "    command: [./detect]\n"
               "    inputs: reader\n"
               "    outputs: {boxes: value}\n"
               "  follow: {type: track, inputs: detect}\n"
               "  doors:\n"
               "    type: count_lines\n"
               "    inputs: follow.objects\n"
               "    lines: {door: [[100, 300], [500, 300]]}\n"
               "  titled:\n"
               "    type: draw_text\n"
               "    inputs: {video: reader, values: doors.counts}\n"
               "    text: \"{value.door.in} in, {value.door.out} out\"\n"
               "  out: {type: video_writer, inputs: titled, path: titled.mp4}\n"
               "  events: {type: file_append, inputs: doors, path: events.jsonl}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "tracks",
                        .type = VF_PORT_ANY,
                        .help = "The objects in each frame, as track tells them; null: nobody has "
                                "looked"}),
    .outputs = VF_PORTS({.name = "events",
                         .type = VF_PORT_VALUE,
                         .help = "A message for each object that has crossed a line",
                         .may_split = true},
                        {.name = "counts",
                         .type = VF_PORT_VALUE,
                         .help = "The counts after each frame: {door: {in: 3, out: 1, classes: "
                                 "{\"0\": {in: 3, out: 1}}}}"}),
    .options_size = sizeof(struct count_lines_options),
    .state_size = sizeof(struct count_lines),
    .check = count_lines_check,
    .open = count_lines_open,
    .process = count_lines_process,
    .close = count_lines_close,
};
