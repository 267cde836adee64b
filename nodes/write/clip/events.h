/* SPDX-License-Identifier: MIT */
/* events.h - the events of which clips are made, and where each is in them.
 *
 * A message is an event in the form of vflow-events(7), or, if it is anything else that says
 * something, one that is no longer than its frame. An event that goes on ends with another of the
 * same task, place, track and beginning. Once the frames that it names are in files, an event is told
 * again with their places there.
 */
#ifndef VF_NODES_WRITE_CLIP_EVENTS_H
#define VF_NODES_WRITE_CLIP_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/clips/frame_index.h"
#include "engine/media/write/clips/spans.h"

struct vf_message;
struct vf_node_run;
struct vf_output_settings;

/* Where a frame is. */
struct vf_clip_place {
    json_t *file; /* its path; NULL: it is not known, or in none */
    uint64_t frame;
    int64_t time_ns;
};

struct vf_clip_event {
    json_t *told;               /* in the form of vflow-events(7) */
    struct vf_message *message; /* by which, without its payload */
    uint64_t id;                /* of its span */
    int64_t begin_ns, end_ns;   /* the frames that it names; of the second VF_SPAN_GOES_ON: none */
    struct vf_clip_place begin, end;
    bool goes_on, is_told;
};

/* Starts as {.run, .settings, .port}, which it borrows. */
struct vf_clip_events {
    struct vf_node_run *run;
    const struct vf_output_settings *settings;
    unsigned port;               /* that events are told again on */
    struct vf_clip_event *items; /* in the order in which they came */
    size_t count, room;
    uint64_t total;
};

/* Takes a message of input number `input`, and adds what is to be recorded of it to `spans`; NULL: all
 * is. Returns -ENOMEM. */
VF_MUST_CHECK int vf_clip_events_take(struct vf_clip_events *events, unsigned input,
                                      const struct vf_message *message, struct vf_spans *spans);

/* Lends the event with which a clip of that time begins; NULL: none is known any more. */
const json_t *vf_clip_events_first(const struct vf_clip_events *events, const struct vf_span *span);

/* Notes which frames are in a file that is complete, and tells the events again of which that was
 * the last. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_clip_events_note_file(struct vf_clip_events *events, const char *path,
                                           const struct vf_frame_index *index);

/* The same of a file among others, in which events may be that are told later: says what is in it, and
 * tells nothing. */
void vf_clip_events_look(struct vf_clip_events *events, const char *path,
                         const struct vf_frame_index *index);

/* Tells the events again of which all frames are in files, or were shown up to `until_ns`: those are
 * in none, then. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_clip_events_tell(struct vf_clip_events *events, int64_t until_ns);

/* Tells what is left. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_clip_events_end(struct vf_clip_events *events);

void vf_clip_events_finish(struct vf_clip_events *events);

#endif
