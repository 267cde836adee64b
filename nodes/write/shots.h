/* SPDX-License-Identifier: MIT */
/* shots.h - the best picture of each tracked object, kept until the object has gone.
 *
 * No more than so many pictures are in hand at once. Where another object comes, the one that was
 * not seen for the longest has to do with the picture that it has. Calls come in the order of the
 * frames: begin, follow for each object, mark for each event.
 */
#ifndef VF_NODES_WRITE_SHOTS_H
#define VF_NODES_WRITE_SHOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/vision/told.h"
#include "nodes/vision/track_notes.h"
#include "nodes/write/best_shot.h"

/* A picture of an object, or of an event. */
struct vf_shot {
    const struct vf_message *frame;
    struct vf_tracked object; /* of an event, as it was told then */
    bool has_track, has_box;
    double worth;             /* 0: it was not compared with others */
    const char *what, *where; /* of the event; NULL: there was none */
};

/* Starts as {.held, ...} up to the context. */
struct vf_shots {
    size_t held;       /* pictures in hand at most */
    double gone;       /* seconds after which an object that is not seen has gone */
    bool needs_events; /* only objects of which an event tells are wanted */
    /* Is given each picture, which is lent for the call. */
    int (*take)(void *context, const struct vf_shot *shot);
    void *context;
    struct vf_track_notes notes;
    struct vf_luma luma;
    size_t count; /* in hand */
    double now;
    bool has_warned;
};

void vf_shots_open(struct vf_shots *shots);

/* Goes on to a frame. Lets go of the objects that had gone in the one before. */
VF_MUST_CHECK int vf_shots_begin(struct vf_shots *shots, const struct vf_message *frame);

/* Compares a frame with the best one so far of an object that is seen in it. */
VF_MUST_CHECK int vf_shots_follow(struct vf_shots *shots, struct vf_node_run *run,
                                  const struct vf_message *frame, const struct vf_tracked *object);

/* Takes in an event that belongs to `frame`. That of an object which is followed is kept for its best
 * picture; any other gets a picture at once. */
VF_MUST_CHECK int vf_shots_mark(struct vf_shots *shots, const struct vf_message *frame,
                                const struct vf_told *told);

/* No more frames come: gives all that is in hand. */
VF_MUST_CHECK int vf_shots_end(struct vf_shots *shots);
void vf_shots_finish(struct vf_shots *shots);

#endif
