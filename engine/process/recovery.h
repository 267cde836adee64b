/* SPDX-License-Identifier: MIT */
/* recovery.h - what becomes of a task whose worker has died, and which workers hang.
 *
 * Decides, and does nothing: from what a supervisor has seen to what it is to do. A task that may
 * be restarted gets a new worker, after a while that doubles each time; it goes on in the memory of
 * the dead one (messenger.h). The round in which a worker died twice is not tried a third time: its
 * input is put aside, or the task is given up.
 */
#ifndef VF_ENGINE_PROCESS_RECOVERY_H
#define VF_ENGINE_PROCESS_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/plan.h"
#include "engine/flow/plan/recovery.h"

/* For what is not the node's work: getting ready, and going on for one that died. */
#define VF_START_PATIENCE_NS (30 * VF_NS_PER_S)
#define VF_START_LEAST_NS (5 * VF_NS_PER_S) /* also where the node has less */

#define VF_RESTARTS_FORGIVEN_AFTER_NS (60 * VF_NS_PER_S) /* that a worker lived */

/* What is remembered of a task from one of its processes to the next. Starts as {0}. */
struct vf_recovery_history {
    unsigned restarts;      /* that count against the limit */
    uint64_t failed_round;  /* in which the last process died; 0: none did */
    uint64_t skipped_round; /* whose input the next puts aside; 0: none */
};

/* A worker that has died without ending its task. */
struct vf_recovery_death {
    enum vf_task_state state; /* in which it died */
    uint64_t rounds;          /* that its task had completed */
    int64_t lived_ns;         /* 0 where the run had not begun */
    bool is_halting;          /* the run is: nobody goes on */
};

enum vf_recovery_step {
    VF_RECOVERY_RESTART, /* in `wait_ns` */
    VF_RECOVERY_SKIP,    /* at once, and the new process puts `skipped_round` aside */
    VF_RECOVERY_GIVE_UP,
};

struct vf_recovery_decision {
    enum vf_recovery_step step;
    int64_t wait_ns;
};

/* Whether a task may be started again. */
bool vf_recovery_may_restart(const struct vf_recovery *rules,
                             const struct vf_recovery_history *history);

/* Decides what becomes of a task by its rules, and updates its history. */
struct vf_recovery_decision vf_recovery_decide(const struct vf_recovery *rules,
                                               struct vf_recovery_history *history,
                                               const struct vf_recovery_death *death);

/* Marks the tasks that are to end because one was given up (task id i at [i - 1]): its whole part
 * of the flow, which is connected over edges in any direction; with `stop_branch` none, since its
 * branch hears of it anyway. */
void vf_recovery_mark_part(const struct vf_plan *plan, size_t task, bool *is_part);

/* A worker that runs, as its supervisor sees it. */
struct vf_recovery_sight {
    enum vf_task_state state;
    bool is_producer;
    bool is_run_starting; /* not all workers of the run are ready */
    bool is_ready;        /* this one is */
    bool is_cleanup;      /* it only closes the task's edges */
    bool is_successor;    /* of a process that died */
    bool is_stopped;      /* by a signal or a debugger; matters only once it is overdue */
    int64_t silent_ns;    /* for which it has shown no sign of life */
};

/* Returns how long a worker may show no sign of life in what it does at present; 0: forever. */
int64_t vf_recovery_patience_ns(const struct vf_recovery *rules,
                                const struct vf_recovery_sight *sight);

/* Whether a worker has shown no sign of life for longer than that. */
bool vf_recovery_is_overdue(const struct vf_recovery *rules, const struct vf_recovery_sight *sight);

/* Whether a worker is overdue because it hangs, and has to be killed. */
bool vf_recovery_is_hung(const struct vf_recovery *rules, const struct vf_recovery_sight *sight);

#endif
