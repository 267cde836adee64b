/* SPDX-License-Identifier: MIT */
/* boxes.h - rectangles that one node hands to another, and those written in a flow file.
 *
 * One row a box, in pixels of the frame they were found in, as detectors and trackers give them:
 *     ymin, xmin, ymax, xmax                  a place
 *     ymin, xmin, ymax, xmax, track           a tracked object
 *     ymin, xmin, ymax, xmax, class, score    a detected object, with a score from 0 to 1
 * A box reaches from the left edge of pixel xmin to the left edge of pixel xmax, so it is
 * xmax - xmin wide. As a message it is an array of n x 4, 5 or 6 numbers of any type, or a JSON
 * list of such lists; n may be 0.
 */
#ifndef VF_NODES_VALUE_BOXES_H
#define VF_NODES_VALUE_BOXES_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "engine/node/option/list.h"

#define VF_BOX_COLUMNS 6

enum vf_box_column {
    VF_BOX_YMIN,
    VF_BOX_XMIN,
    VF_BOX_YMAX,
    VF_BOX_XMAX,
    VF_BOX_TRACK, /* of 5 columns */
    VF_BOX_CLASS = VF_BOX_TRACK,
    VF_BOX_SCORE,
};

struct vf_box {
    double at[VF_BOX_COLUMNS]; /* by enum vf_box_column; 0 where there are fewer columns */
};

/* Starts as {0}. */
struct vf_box_list {
    struct vf_box *items;
    size_t count, capacity;
    unsigned columns; /* 4, 5 or 6; of an empty list: 0 if it does not say */
};

/* Reads a message into *boxes, whose memory is used again. `columns_least` is what the node needs
 * at least, 4 to 6. Returns -EINVAL, after saying why, for what is no list of boxes: another shape
 * or type, numbers that are not finite, ymin above ymax or xmin above xmax. */
VF_MUST_CHECK int vf_box_list_read(struct vf_box_list *boxes, const struct vf_message *message,
                                   unsigned columns_least);

/* Reads what a flow file says: [[10, 20, 110, 220], ...], or a single box without the outer
 * brackets. Returns -EINVAL with one line in `problem`. */
VF_MUST_CHECK int vf_box_list_parse(struct vf_box_list *boxes, const struct vf_option_texts *texts,
                                    unsigned columns_least, char *problem, size_t problem_size);

void vf_box_list_finish(struct vf_box_list *boxes);

#endif
