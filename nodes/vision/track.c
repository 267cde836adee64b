/* SPDX-License-Identifier: MIT */
/* track - gives the boxes of a detector the numbers of objects. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/node/node.h"
#include "nodes/value/value_text.h"
#include "nodes/vision/tracker.h"

#define MOST_TOLD 100000 /* columns and rows of an array have to fit the memory */

enum { TRACKS, OBJECTS }; /* outputs */

struct track_options {
    double sure, unsure, begin, overlap;
    int confirm, lost, coast;
    bool is_by_class, steadies;
};

struct track {
    struct vf_tracker tracker;
    struct vf_box_list boxes;
    uint64_t source, number; /* of the frame before; number 0: there was none */
};

static const struct vf_option options[] = {
    {"sure", "Boxes with this score or more are taken first, and alone begin an object",
     VF_NUMBER(struct track_options, sure), .fallback = "0.5", VF_RANGE(0, 1)},
    {"unsure", "Boxes with a lower score are not looked at",
     VF_NUMBER(struct track_options, unsure), .fallback = "0.1", VF_RANGE(0, 1)},
    {"begin", "Score that a box needs to begin an object", VF_NUMBER(struct track_options, begin),
     .fallback = "0.6", VF_RANGE(0, 1)},
    {"overlap", "Share of a box and the place where an object should be in what both cover",
     VF_NUMBER(struct track_options, overlap), .fallback = "0.2", VF_RANGE(0, 1)},
    {"confirm", "Times that an object is seen before it is told",
     VF_INTEGER(struct track_options, confirm), .fallback = "2", VF_RANGE(1, 1000)},
    {"lost", "Frames for which an object that is not seen is remembered",
     VF_INTEGER(struct track_options, lost), .fallback = "30", VF_RANGE(0, 100000),
     .unit = "frames"},
    {"coast", "Frames for which the place where such an object should be is told",
     VF_INTEGER(struct track_options, coast), .fallback = "0", VF_RANGE(0, 100000),
     .unit = "frames"},
    {"by_class", "An object keeps its class", VF_BOOLEAN(struct track_options, is_by_class),
     .fallback = "true"},
    {"steady", "Take out the movement of a camera, of which three objects or more show it",
     VF_BOOLEAN(struct track_options, steadies), .fallback = "true"},
};

static int track_check(const void *values, char *problem, size_t size)
{
    const struct track_options *asked = values;
    if (asked->unsure > asked->sure)
        snprintf(problem, size, "unsure: it is above sure, which is %g", asked->sure);
    else if (asked->begin < asked->sure)
        snprintf(problem, size, "begin: it is below sure, which is %g", asked->sure);
    else
        return VF_OK;
    return -EINVAL;
}

static int track_open(struct vf_node_run *run)
{
    const struct track_options *asked = run->options;
    struct track *track = run->state;
    track->tracker.settings = (struct vf_tracker_settings){.sure = asked->sure,
                                                           .unsure = asked->unsure,
                                                           .begin = asked->begin,
                                                           .overlap = asked->overlap,
                                                           .confirm = asked->confirm,
                                                           .lost = asked->lost,
                                                           .is_by_class = asked->is_by_class,
                                                           .steadies = asked->steadies};
    return VF_OK;
}

/* Returns by how many frames this one is later than the one before. What comes from another file is
 * another scene: no object goes on in it. */
static uint64_t advance(struct track *track, const struct vf_description *input)
{
    uint64_t number = input->origin.number;
    uint64_t frames = track->number && number > track->number ? number - track->number : 1;
    if (track->number && input->source_id != track->source)
        track->tracker.count = 0;
    track->number = number;
    track->source = input->source_id;
    return frames;
}

static bool is_told(const struct vf_node_run *run, const struct vf_track *track)
{
    const struct track_options *asked = run->options;
    return track->state == VF_TRACK_SEEN ||
           (track->state == VF_TRACK_LOST && track->unseen <= (uint64_t)asked->coast);
}

static size_t count_told(const struct vf_node_run *run)
{
    const struct track *track = run->state;
    size_t count = 0;
    for (size_t i = 0; i < track->tracker.count && count < MOST_TOLD; i++)
        count += is_told(run, &track->tracker.tracks[i]);
    return count;
}

/* Fills in a row for each track that is told. */
static void write_rows(const struct vf_node_run *run, uint8_t *bytes, size_t count)
{
    const struct track *track = run->state;
    for (size_t i = 0; count && i < track->tracker.count; i++) {
        const struct vf_track *told = &track->tracker.tracks[i];
        struct vf_box row = {{0}};
        if (!is_told(run, told))
            continue;
        vf_motion_box(&told->motion, &row);
        row.at[VF_BOX_TRACK] = (double)told->id;
        memcpy(bytes, row.at, (VF_BOX_TRACK + 1) * sizeof(double));
        bytes += (VF_BOX_TRACK + 1) * sizeof(double);
        count--;
    }
}

static int emit_tracks(struct vf_node_run *run, const struct vf_message *input)
{
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    size_t count = count_told(run), columns = VF_BOX_TRACK + 1;
    int err = VF_OK;
    if (count)
        err = vf_node_allocate(run, count * columns * sizeof(double), &payload);
    if (!err && count)
        write_rows(run, payload->data, count);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array =
            (struct vf_array){.dtype = "<f8", .dimensions = 2, .shape = {count, columns}};
        vf_message_follow(message, input);
    }
    return vf_node_emit_made(run, TRACKS, err, &message);
}

/* To a hundredth of a pixel: more is noise. */
static json_t *rounded(double number)
{
    return json_real(round(number * 100) / 100);
}

static json_t *describe(const struct vf_track *track)
{
    const struct vf_motion_number *numbers = track->motion.numbers;
    struct vf_box box = {{0}};
    vf_motion_box(&track->motion, &box);
    json_t *corners = json_array(), *speed = json_array();
    for (unsigned i = 0; i <= VF_BOX_XMAX; i++)
        json_array_append_new(corners, rounded(box.at[i]));
    json_array_append_new(speed, rounded(numbers[1].speed));
    json_array_append_new(speed, rounded(numbers[0].speed));
    return json_pack("{s:I, s:o, s:f, s:f, s:o, s:I, s:I, s:b}", "id", (json_int_t)track->id, "box",
                     corners, "class", track->class, "score", track->score, "speed", speed,
                     "frames", (json_int_t)track->age + 1, "unseen", (json_int_t)track->unseen,
                     "is_seen", track->state == VF_TRACK_SEEN);
}

static int emit_objects(struct vf_node_run *run, const struct vf_message *input)
{
    const struct track *track = run->state;
    struct vf_message *message = NULL;
    json_t *all = json_array();
    for (size_t i = 0; i < track->tracker.count; i++) {
        const struct vf_track *told = &track->tracker.tracks[i];
        if (is_told(run, told))
            json_array_append_new(all, describe(told));
    }
    char *text = json_dumps(all, 0);
    json_decref(all);
    int err = text ? vf_message_create_json(&message, text, strlen(text)) : -ENOMEM;
    free(text);
    if (!err)
        vf_message_follow(message, input);
    if (!err)
        err = vf_node_emit(run, OBJECTS, &message);
    vf_message_destroy(&message);
    return err;
}

static int track_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct track *track = run->state;
    bool is_looked_at = !vf_value_is_null(inputs[0]);
    int err = is_looked_at ? vf_box_list_read(&track->boxes, inputs[0], VF_BOX_XMAX + 1) : VF_OK;
    if (err)
        return err;
    uint64_t frames = advance(track, &inputs[0]->description);
    if (is_looked_at)
        err = vf_tracker_update(&track->tracker, &track->boxes, frames);
    else
        vf_tracker_skip(&track->tracker, frames);
    if (!err && vf_node_is_read(run, TRACKS))
        err = emit_tracks(run, inputs[0]);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = emit_objects(run, inputs[0]);
    return err;
}

static void track_close(struct vf_node_run *run)
{
    struct track *track = run->state;
    vf_tracker_finish(&track->tracker);
    vf_box_list_finish(&track->boxes);
}

const struct vf_node vf_node_track = {
    .name = "track",
    .summary = "Follow detected objects from frame to frame, and number them.",
    .about =
        "Boxes are an array of n x 4 or 6 numbers of any type, or a JSON list of such rows: "
        "ymin, xmin, ymax, xmax in pixels, then the class and the score. An object keeps its "
        "number while it is seen, also where two of them cross, and when it is seen again after it "
        "was hidden or missed for a while.\n\n"
        "Where an object should be follows from how it has moved; a box is given to the one that "
        "it "
        "overlaps most with. Sure boxes are given first, and unsure ones only to objects that were "
        "seen a moment ago. The numbers, from 1, depend on the boxes alone.\n\n"
        "A detector may look at every third frame alone: the objects are as many frames further "
        "then. With null in place of the boxes of the frames between, it says that nobody has "
        "looked, and the tracks tell where the objects should be. An empty list says that "
        "nothing is there. Another file begins with other objects, whose numbers go on from "
        "there.\n\n"
        "The method is that of ByteTrack (Y. Zhang and others, 2022), with the Kalman filter of "
        "BoT-SORT.",
    .related = "draw_tracks, draw_boxes, python, process",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  detect:\n"
               "    type: process\n"
               "    command: [./detect]\n"
               "    inputs: reader\n"
               "    outputs: {boxes: value}\n"
               "  follow: {type: track, inputs: detect}\n"
               "  marked: {type: draw_tracks, inputs: {video: reader, tracks: follow}}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "The boxes of each frame: an array or a JSON list; null: nobody "
                                "has looked"}),
    .outputs = VF_PORTS(
        {.name = "tracks",
         .type = VF_PORT_ARRAY,
         .help = "An array of n x 5: ymin, xmin, ymax, xmax and the number of the object"},
        {.name = "objects",
         .type = VF_PORT_VALUE,
         .help = "A list with id, box, class, score, speed (down and to the right, in pixels a "
                 "frame), frames (since it was first seen), unseen (frames since it was last "
                 "seen) and is_seen of each"}),
    .options_size = sizeof(struct track_options),
    .state_size = sizeof(struct track),
    .check = track_check,
    .open = track_open,
    .process = track_process,
    .close = track_close,
};
