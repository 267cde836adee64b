/* SPDX-License-Identifier: MIT */
/* observer.h - processes beside a run that look at it and hand on what they see: its trace, or the
 * messages on an edge.
 *
 * The supervisor forks one for each that is asked for. It reads the memory of the run, which it
 * cannot write, and keeps nothing else of it open; whoever reads what it writes may be slow or
 * stop: the run never waits for it, but for a moment when it is over.
 */
#ifndef VF_ENGINE_PROCESS_OBSERVER_H
#define VF_ENGINE_PROCESS_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

#define VF_OBSERVERS_MOST 16 /* at a time */
#define VF_OBSERVER_FDS 2

struct vf_observer {
    pid_t pid;        /* 0: there is none in this place */
    int stop_fd;      /* closed: it has to come to its end */
    bool counts;      /* its failure is one of the run */
    bool is_stopped;  /* by a signal: it does nothing until it is continued */
    bool has_told;    /* that it is */
    int patience_ms;  /* as in its order */
    const char *name; /* of its order */
};

/* Starts as {0}. */
struct vf_observers {
    struct vf_observer items[VF_OBSERVERS_MOST];
    bool have_failed; /* one that counts has */
};

/* What an observer sees. */
struct vf_observation {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    int stop_fd; /* readable: the run is over, and what there is to be told has been done */
    int out_fd;  /* that it was given; -1: none */
    int fds[VF_OBSERVER_FDS]; /* that it was given beside; -1: none */
    void *context;
};

/* What an observer is to do. */
struct vf_observer_order {
    const char
        *name; /* as its process is called, with "vflow:" before it; 9 bytes at most; a literal */
    enum vf_exit_status (*observe)(const struct vf_observation *observation);
    void *context;  /* in memory as it is now */
    int out_fd;     /* where it writes; it has a copy of its own. -1: nowhere */
    const int *fds; /* others that it is to have a copy of; NULL: none */
    size_t fd_count;
    bool counts;     /* its failure is one of the run */
    int patience_ms; /* for it, when the run is over; 0: as with all */
};

/* Starts an observer of a run, and fills in its process id where that is wanted. Returns -EBUSY when
 * there are as many as may be, or another negative errno. Logs nothing. */
VF_MUST_CHECK int vf_observers_start(struct vf_observers *observers, const struct vf_plan *plan,
                                     struct vf_run_memory *memory,
                                     const struct vf_observer_order *order, pid_t *pid);

/* Collects those that have ended. Never waits. */
void vf_observers_collect(struct vf_observers *observers);

/* Has one of them come to its end. It is not waited for. */
void vf_observers_stop(struct vf_observers *observers, pid_t pid);

/* Likewise; it can read from its stop_fd when: what comes from `at_ns` on is another's. */
void vf_observers_relieve(struct vf_observers *observers, pid_t pid, int64_t at_ns);

/* Writes their descriptors to `fds`, for a child to close: VF_OBSERVERS_MOST at most. Returns how
 * many. */
size_t vf_observers_list(const struct vf_observers *observers, int *fds);

/* Returns whether a process is one of them. */
bool vf_observers_include(const struct vf_observers *observers, pid_t pid);

/* Says to all that the run is over, waits for those that count as long as they may go on, for the
 * others as long as their orders say or `patience_ms`, and kills the rest. With `patience_ms` 0 it waits for none of these. */
void vf_observers_finish(struct vf_observers *observers, int patience_ms);

#endif
