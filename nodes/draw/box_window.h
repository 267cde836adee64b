/* SPDX-License-Identifier: MIT */
/* box_window.h - the boxes of a frame together with those of the frames before and after it.
 *
 * So what a detector misses in some frames is still hidden there.
 */
#ifndef VF_NODES_DRAW_BOX_WINDOW_H
#define VF_NODES_DRAW_BOX_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "nodes/value/boxes.h"

struct vf_node_run;

/* Starts as {0}. */
struct vf_box_window {
    struct vf_boxes_of_frame {
        struct vf_box_list boxes;
        bool is_missing; /* null: nobody has looked */
    } * frames;          /* a ring: those before, the frame itself, those after it */
    size_t hold, ahead;  /* frames before and after at most */
    size_t first, before, after;
    bool has_begun;
    size_t unknown; /* frames to come of which nobody knows what was before them */
};

/* Prepares for boxes that come on input 1, and are in effect for `hold` frames after the one they
 * were found in, and for `ahead` before it. */
VF_MUST_CHECK int vf_box_window_open(struct vf_box_window *window, const struct vf_node_run *run,
                                     int hold, int ahead);

/* Goes on to the next frame, of which these are the inputs, and waits for those after it. Returns as
 * vf_box_list_read(). */
VF_MUST_CHECK int vf_box_window_advance(struct vf_box_window *window, struct vf_node_run *run,
                                        struct vf_message *const *inputs);

/* Returns whether it is not known what there is in this frame. */
bool vf_box_window_is_missing(const struct vf_box_window *window);

/* Lends the boxes of frame `index` of the window, from 0; NULL: it has not so many. */
const struct vf_box_list *vf_box_window_at(const struct vf_box_window *window, size_t index);
void vf_box_window_finish(struct vf_box_window *window);

#endif
