/* SPDX-License-Identifier: MIT */
/* seen_parts.h - the parts of a frame that another node has found: what it says of them, and where they
 * are. */
#ifndef VF_NODES_VISION_SEEN_PARTS_H
#define VF_NODES_VISION_SEEN_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/message/message.h"
#include "nodes/value/boxes.h"

struct vf_seen_part {
    json_t *said;      /* an object with box, and what else was said */
    double corners[8]; /* x and y of each, clockwise from the upper left one */
    bool is_within;    /* some of it is in the frame */
};

/* Starts as {0}. */
struct vf_seen_parts {
    struct vf_seen_part *items;
    size_t count, capacity;
    struct vf_box_list boxes; /* memory for reading */
};

/* Reads boxes as boxes.h has them, or a list of objects with box, [ymin, xmin, ymax, xmax], and where
 * they lie at an angle with corners, four of [y, x] clockwise from the upper left one. Returns -EINVAL,
 * after saying why, for anything else. */
VF_MUST_CHECK int vf_seen_parts_read(struct vf_seen_parts *parts, const struct vf_message *message,
                                     const struct vf_video *frame);
void vf_seen_parts_finish(struct vf_seen_parts *parts);

#endif
