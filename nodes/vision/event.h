/* SPDX-License-Identifier: MIT */
/* event.h - what has happened, in the one form that all nodes tell it in: vflow-events(7).
 *
 *     {"what": "crossed", "where": "door", "task": "lines", "camera": "street.avi",
 *      "begin": {"number": 120, "timestamp": 4.76, "pts": 119, "time_base": [1, 25],
 *                "source": "street.avi", "source_time": 4.76, "clock": null},
 *      "end": {...}, "track": 7, "class": 2, "score": 0.9, "box": [10, 20, 110, 60],
 *      "details": {"direction": "in", "count": 3}}
 *
 * Each event is a message of its own.
 */
#ifndef VF_NODES_VISION_EVENT_H
#define VF_NODES_VISION_EVENT_H

#include <jansson.h>

#include "engine/message/message.h"
#include "engine/node/option/option.h"
#include "nodes/vision/tracked.h"

struct vf_node_run;

/* The option of a node that tells events: a char *. */
#define VF_CAMERA_OPTION(type, field)                                                      \
    {                                                                                      \
        "camera", "What events call the camera; empty: the source that the frame is from", \
            VF_TEXT(type, field), .fallback = ""                                           \
    }

/* All is borrowed but `details`. */
struct vf_event {
    const char *what;
    const char *where;               /* the name of a line, an area or the like; NULL: nowhere */
    const char *camera;              /* ""; NULL: the source of the frame in which it began */
    json_t *begin, *end;             /* frames: vf_event_frame(); an `end` of NULL: it goes on */
    const struct vf_tracked *object; /* NULL: none */
    json_t *details;                 /* what only events of this kind have; taken; NULL: nothing */
};

/* Makes what an event says of a frame. It is the caller's; NULL: out of memory. */
json_t *vf_event_frame(const struct vf_node_run *run, const struct vf_message *message);

/* Adds track, class, score and box of an object; what it has not, or where it is NULL, as null. */
void vf_event_add_object(json_t *told, const struct vf_tracked *object, bool has_track,
                         bool has_box);

/* Sends an event out of `port` as an answer to `input`. Returns as vf_node_emit_made(). */
VF_MUST_CHECK int vf_event_emit(struct vf_node_run *run, unsigned port,
                                const struct vf_event *event, const struct vf_message *input);

/* Returns a number as JSON: a whole one as such, one that is not known as null. */
json_t *vf_event_number(double number);

/* Sends a JSON value out of `port` as an answer to `input`. Takes `value`; NULL: out of memory.
 * Returns as vf_node_emit_made(). */
VF_MUST_CHECK int vf_event_emit_value(struct vf_node_run *run, unsigned port, json_t *value,
                                      const struct vf_message *input);

#endif
