/* SPDX-License-Identifier: MIT */
/* waits.h - for what each task of a run waits at a moment, read off the pages of all. */
#ifndef VF_ENGINE_ACCOUNT_WAITS_H
#define VF_ENGINE_ACCOUNT_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

/* What a task does. Those that wait do so for all groups of their waits, and for any of each
 * group. */
enum vf_stand {
    VF_STAND_OVER,
    VF_STAND_BUSY,
    VF_STAND_SILENT,  /* a producer that makes nothing */
    VF_STAND_OPENING, /* its node, or has not come so far */
    VF_STAND_INPUT,   /* waits for it */
    VF_STAND_ROOM,    /* waits for it in queues */
    VF_STAND_RELEASE, /* waits until messages are released */
};

struct vf_wait {
    unsigned task; /* for whom */
    unsigned group;
    const struct vf_plan_edge *edge; /* where */
    uint64_t count;                  /* messages that wait there; of a release: that are not done */
};

struct vf_standing {
    enum vf_stand stand;
    struct vf_wait *waits; /* by group */
    size_t count;
    bool can_move;      /* some day, by itself or since others can */
    bool is_waited_for; /* by a task that has not ended */
};

struct vf_stuck_waits {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    struct vf_standing *standings; /* task id i at [i - 1] */
};

/* Finds out how things stand. Borrows both until it is finished. */
VF_MUST_CHECK int vf_stuck_waits_init(struct vf_stuck_waits *waits, const struct vf_plan *plan,
                                      const struct vf_run_memory *memory);
void vf_stuck_waits_finish(struct vf_stuck_waits *waits);

/* Tells whether `task` waits for what cannot move. If so, *first becomes the first task of the
 * circle that is the reason; maybe itself. */
bool vf_stuck_waits_circle(const struct vf_stuck_waits *waits, unsigned task, unsigned *first);

/* Tells whether no task that has not ended can ever move: each waits, in a circle or for such a
 * circle, for messages on queues that are empty or for room in queues that are full. That a task
 * has not looked yet, has been stopped or works on a message never makes it so. */
bool vf_stuck_waits_is_dead_lock(const struct vf_stuck_waits *waits);

/* Returns a wait of a task that cannot move, for a task that cannot either. Belongs to `waits`. */
const struct vf_wait *vf_stuck_waits_next(const struct vf_stuck_waits *waits, unsigned task);

#endif
