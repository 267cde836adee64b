/* SPDX-License-Identifier: MIT */
/* tails.h - where tracked objects were in the last frames. */
#ifndef VF_NODES_DRAW_TAILS_H
#define VF_NODES_DRAW_TAILS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"

#define VF_TAIL_LONGEST 10000

struct vf_tail_point {
    double at[2];    /* x, y */
    uint64_t number; /* of the frame */
};

/* The places of one object, the oldest first. */
struct vf_tail {
    int64_t id;
    struct vf_tail_point *points;
    size_t count, capacity;
};

/* Starts as {.length = frames that a place is kept for}. */
struct vf_tails {
    struct vf_tail *items;
    size_t count, capacity;
    size_t length;
    uint64_t now; /* number of the present frame */
};

/* Goes on to the next frame: forgets what is too old by now. */
void vf_tails_advance(struct vf_tails *tails);

/* Adds the place of an object in the present frame. */
VF_MUST_CHECK int vf_tails_add(struct vf_tails *tails, int64_t id, const double at[2]);
void vf_tails_finish(struct vf_tails *tails);

/* Returns the part of `bounds` that a line of `thickness` through all places may touch. */
struct vf_rectangle vf_tail_place(const struct vf_tail *tail, double thickness,
                                  const struct vf_rectangle *bounds);

#endif
