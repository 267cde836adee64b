/* SPDX-License-Identifier: MIT */
/* tracker.h - gives the boxes that a detector finds, frame by frame, the numbers of objects.
 *
 * Each track has a motion model, by which it is known where it should be. Boxes are given to tracks in
 * three rounds, each time so that they overlap most in all: sure ones to all tracks that are
 * known, unsure ones to those that are left of them and were seen a moment ago, and sure ones that
 * are left to tracks that have only begun. This is the association of Y. Zhang and others: ByteTrack,
 * 2022; the motion model with it is motion_model.h. Before it, the shift of all objects at once is
 * looked for, by which a camera that was moved is known.
 *
 * What comes out depends on what goes in alone: the same boxes give the same numbers.
 */
#ifndef VF_NODES_VISION_TRACKER_H
#define VF_NODES_VISION_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/value/boxes.h"
#include "nodes/vision/motion_model.h"

struct vf_tracker_settings {
    double sure, unsure; /* least scores of boxes */
    double begin;        /* least score of a box with which a track begins */
    double overlap;      /* least share of box and track in what they cover together */
    int confirm;         /* times that an object is seen before it gets its number */
    int lost;            /* frames for which one that is not seen is remembered */
    bool is_by_class;    /* only boxes of its class are the object */
    bool steadies;       /* the camera moves */
};

enum vf_track_state {
    VF_TRACK_NEW, /* it has no number yet */
    VF_TRACK_SEEN,
    VF_TRACK_LOST,
};

struct vf_track {
    int64_t id; /* from 1; 0: it has none yet */
    enum vf_track_state state;
    struct vf_motion motion;
    double class, score; /* of the last box */
    uint64_t age;        /* frames since it began */
    uint64_t unseen;     /* frames since it was seen */
    uint64_t hits;       /* boxes that it got */
};

/* Starts as {.settings = ...}. */
struct vf_tracker {
    struct vf_tracker_settings settings;
    struct vf_track *tracks; /* by age, the oldest first */
    size_t count, capacity;
    int64_t last_id;
    struct vf_tracker_work {
        size_t *tracks, *boxes, *chosen; /* that are to be paired, by their numbers */
        double *costs;
        bool *is_taken; /* by box */
        size_t track_room, box_room, cost_room;
    } work;
};

/* Goes on by `frames` frames, 1 or more, to one in which a detector has found these boxes. */
VF_MUST_CHECK int vf_tracker_update(struct vf_tracker *tracker, const struct vf_box_list *boxes,
                                    uint64_t frames);

/* Goes on likewise to one in which nobody has looked. */
void vf_tracker_skip(struct vf_tracker *tracker, uint64_t frames);

void vf_tracker_finish(struct vf_tracker *tracker);

/* Returns the share of two boxes in what they cover together, 0 to 1. */
double vf_box_overlap(const struct vf_box *one, const struct vf_box *other);

#endif
