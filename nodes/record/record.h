/* SPDX-License-Identifier: MIT */
/* record.h - what came in for one frame, as a JSON object: the line of a file, the body of a
 * request.
 *
 *     {"number": 12, "timestamp": 0.48, "source": "in.mp4", "value": ...}
 *
 * `number` is that of the frame in its producer, `timestamp` is in seconds, and both it and
 * `source` are null where they are not known. With several inputs, what each has stands under the
 * name of the task that it comes from, in place of `value`. Values are as they are, arrays lists of
 * lists, boxes lists of objects; of frames, sound and packets it says what form they have.
 */
#ifndef VF_NODES_RECORD_RECORD_H
#define VF_NODES_RECORD_RECORD_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "engine/node/option/option.h"

struct vf_node_run;

/* The option of a node that makes records: a bool, `has_boxes` of vf_record_make(). */
#define VF_RECORD_BOXES(type, field)                                                  \
    {                                                                                 \
        "boxes",                                                                      \
            "Treat lists and arrays of n x 4, 5 or 6 numbers as boxes, and name the " \
            "numbers",                                                                \
            VF_BOOLEAN(type, field), .fallback = "true"                               \
    }

/* The option of a node whose lines can have the time within the source: a bool. */
#define VF_RECORD_SOURCE_TIME(type, field)                                                \
    {                                                                                     \
        "source_time", "Add source_time to each line: the time in seconds within source", \
            VF_BOOLEAN(type, field), .fallback = "false"                                  \
    }

/* Holds the names of the inputs against those that a record has anyway. Returns -EINVAL after
 * saying which task wants another name. */
VF_MUST_CHECK int vf_record_check_names(const struct vf_node_run *run);

/* Makes the record of what came in together. `has_boxes`: a list of rows of 4, 5 or 6 numbers is a
 * list of boxes. It is the caller's; NULL, after saying why: an input cannot be written as text. */
json_t *vf_record_make(const struct vf_node_run *run, struct vf_message *const *inputs,
                       bool has_boxes);

/* Adds number, timestamp and source of a message. */
void vf_record_add_head(json_t *record, const struct vf_description *description);

/* Adds the time within the source, in seconds; null: it is not known. */
void vf_record_add_source_time(json_t *record, const struct vf_description *description);

#endif
