/* SPDX-License-Identifier: MIT */
/* wait_graph.h - what each task of a run is waiting for right now, read off the pages of all. */
#ifndef VF_ENGINE_ACCOUNT_WAIT_GRAPH_H
#define VF_ENGINE_ACCOUNT_WAIT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

/* What a task does. Those that wait do so for all groups of their waits, and for any of each
 * group. */
enum vf_activity {
    VF_ACTIVITY_OVER,
    VF_ACTIVITY_BUSY,
    VF_ACTIVITY_SILENT,  /* a producer that makes nothing */
    VF_ACTIVITY_PAUSED,  /* a producer that is to make nothing for now */
    VF_ACTIVITY_OPENING, /* its node, or has not come so far */
    VF_ACTIVITY_INPUT,   /* waits for it */
    VF_ACTIVITY_ROOM,    /* waits for it in queues */
    VF_ACTIVITY_RELEASE, /* waits until messages are released */
};

/* Returns the word for it, "?" for one that there is not. */
const char *vf_activity_name(enum vf_activity activity);

/* Returns the word for what a task is in (engine/account/report.h), or "paused". */
const char *vf_wait_graph_state_name(enum vf_task_state state, enum vf_activity activity);

struct vf_wait {
    unsigned task; /* for whom */
    unsigned group;
    const struct vf_plan_edge *edge; /* where */
    uint64_t count;                  /* messages that wait there; of a release: that are not done */
};

struct vf_task_status {
    enum vf_activity activity;
    struct vf_wait *waits; /* by group */
    size_t count;
    bool can_move;      /* some day, by itself or since others can */
    bool is_waited_for; /* by a task that has not ended */
};

struct vf_wait_graph {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    struct vf_task_status *statuses; /* task id i at [i - 1] */
};

/* Finds out how things stand. Borrows both until it is finished. */
VF_MUST_CHECK int vf_wait_graph_init(struct vf_wait_graph *graph, const struct vf_plan *plan,
                                     const struct vf_run_memory *memory);
void vf_wait_graph_finish(struct vf_wait_graph *graph);

/* Returns whether `task` waits for what cannot move. If so, *first becomes the first task of the
 * circle that is the reason; maybe itself. */
bool vf_wait_graph_circle(const struct vf_wait_graph *graph, unsigned task, unsigned *first);

/* Returns whether no task that has not ended can ever move: each waits, in a circle or for such a
 * circle, for messages on queues that are empty or for room in queues that are full. That a task
 * has not looked yet, has been stopped or works on a message never makes it so. */
bool vf_wait_graph_is_dead_lock(const struct vf_wait_graph *graph);

/* Returns a wait of a task that cannot move, for a task that cannot either. Belongs to `graph`. */
const struct vf_wait *vf_wait_graph_next(const struct vf_wait_graph *graph, unsigned task);

#endif
