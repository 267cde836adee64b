/* SPDX-License-Identifier: MIT */
/* run_history.h - a run over time: samples of what its tasks and edges do, read off their pages.
 *
 *     vf_run_history_create(&history, plan, memory, &settings);
 *     vf_run_history_note(history, now_ns);        whenever one is awake: at most a sample an interval
 *     vf_run_history_task(history, i, task);       what a task did in the interval of sample i
 *     vf_run_history_destroy(&history);
 *
 * It has room for a number of samples, and takes no more. Counts are those since the start; rates,
 * shares and percentiles are of the interval that a sample ends.
 */
#ifndef VF_ENGINE_ACCOUNT_RUN_HISTORY_H
#define VF_ENGINE_ACCOUNT_RUN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/account/wait_graph.h"
#include "engine/base/result.h"
#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

#define VF_RUN_HISTORY_WAITS \
    8 /* tasks that one waits for, of which a sample tells; the first ones */
#define VF_RUN_HISTORY_PERCENTILES 3 /* 50, 95, 99 */

/* What becomes of samples for which there is no room. */
enum vf_run_history_span {
    VF_RUN_HISTORY_LAST, /* the oldest goes */
    VF_RUN_HISTORY_WHOLE, /* two neighbours become one, and from then on intervals are twice as long */
};

struct vf_run_history_settings {
    enum vf_run_history_span span;
    size_t most;         /* samples; an even number */
    int64_t interval_ns; /* 0: half a second */
    int64_t started_ns;  /* of the run, as vf_clock_now_ns() counts, like all times here */
    int64_t now_ns;      /* when the first interval begins */
};

/* The run at the end of an interval. */
struct vf_run_history_moment {
    int64_t at_ns;
    enum vf_run_state state;
    double t, seconds; /* since the start of the run, and of the interval */
    uint64_t frames, dropped;
    double part, left_seconds, speed; /* as struct vf_progress has them */
    double fps;
};

struct vf_run_history_task {
    enum vf_task_state state;
    enum vf_activity activity;
    unsigned waits[VF_RUN_HISTORY_WAITS]; /* ids of tasks */
    size_t wait_count;
    double busy, waiting,
        blocked;    /* parts of the interval, 0 to 1; what it is in the middle of is */
    double opening; /* in them, and so is the time without a process */
    double fps;     /* of what comes in; of a producer, of what goes out */
    uint64_t in, out, dropped, errors;
    bool has_in, has_out;
    unsigned restarts;
    pid_t pid; /* 0: it has no process */
    double work_ms
        [VF_RUN_HISTORY_PERCENTILES]; /* negative: there were none. Of intervals that became */
    double age_ms[VF_RUN_HISTORY_PERCENTILES]; /* one, the larger: not less than that of both */
};

struct vf_run_history_edge {
    double rate; /* messages a second that the receiver took off its queue */
    uint64_t waiting, dropped;
    double fill;         /* of the queue, 0 to 1 */
    double dropped_rate; /* a second */
};

struct vf_run_history;

/* Borrows `plan` and `memory` until it is destroyed; a plan may grow meanwhile (change.h). */
VF_MUST_CHECK int vf_run_history_create(struct vf_run_history **history, const struct vf_plan *plan,
                                        const struct vf_run_memory *memory,
                                        const struct vf_run_history_settings *settings);
void vf_run_history_destroy(struct vf_run_history **history);

/* Takes a sample if one is due, or whether or not. Returns whether it has: not without memory. */
bool vf_run_history_note(struct vf_run_history *history, int64_t now_ns);
bool vf_run_history_take(struct vf_run_history *history, int64_t now_ns);

/* Returns when the next sample is due. */
int64_t vf_run_history_due_ns(const struct vf_run_history *history);

/* Lend what it was made of. */
const struct vf_plan *vf_run_history_plan(const struct vf_run_history *history);
const struct vf_run_memory *vf_run_history_memory(const struct vf_run_history *history);

/* Returns how many samples there are. They are numbered from 0, the oldest. */
size_t vf_run_history_count(const struct vf_run_history *history);

/* Return what sample `i` says of the run, of a task by its id, and of an edge by its place in the
 * plan; zeros of those that came later. */
struct vf_run_history_moment vf_run_history_at(const struct vf_run_history *history, size_t i);
struct vf_run_history_task vf_run_history_task(const struct vf_run_history *history, size_t i,
                                               unsigned task);
struct vf_run_history_edge vf_run_history_edge(const struct vf_run_history *history, size_t i,
                                               size_t edge);

#endif
