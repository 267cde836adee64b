/* SPDX-License-Identifier: MIT */
/* moving_parts.h - the parts that a picture of zeros and ones has: specks taken out, gaps closed,
 * and a box around each.
 */
#ifndef VF_NODES_VISION_MOVING_PARTS_H
#define VF_NODES_VISION_MOVING_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* From its first pixel to before its last. */
struct vf_moving_part {
    int ymin, xmin, ymax, xmax;
    size_t pixels;
    size_t into; /* of a part that another has become one with: that one */
};

/* Pixels of a row that belong to a part. */
struct vf_moving_run {
    int from, to;
    size_t part;
};

/* Starts as {0}. */
struct vf_moving_parts {
    struct vf_moving_part *items; /* in the order of their first pixels */
    size_t count, room;
    struct vf_moving_run *runs; /* of the row in work, and of the one above it */
    size_t runs_room;
    uint8_t *rows; /* a picture, and a row with a margin */
    size_t rows_room;
};

/* Takes out what is nowhere 2 * `clean` + 1 pixels wide and high, and closes gaps that are not 2 * `join` +
 * 1 wide. Pixels are 0 or 1. Returns -ENOMEM. */
VF_MUST_CHECK int vf_moving_parts_clean(struct vf_moving_parts *parts, uint8_t *picture, int width,
                                        int height, int clean, int join);

/* Finds the parts of `least` pixels or more, connected by sides or corners. Returns
 * -ENOMEM. */
VF_MUST_CHECK int vf_moving_parts_find(struct vf_moving_parts *parts, const uint8_t *picture,
                                       int width, int height, size_t least);

void vf_moving_parts_finish(struct vf_moving_parts *parts);

#endif
