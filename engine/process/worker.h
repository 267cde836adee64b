/* SPDX-License-Identifier: MIT */
/* worker.h - the process in which one task runs, from fork to exit.
 *
 * A worker binds its sockets, reports that it is ready, or why not, and waits until all are; then
 * it connects to its neighbours and executes its task. It ends with the exit status of the task.
 * It ignores the terminal's interrupts, which are the supervisor's business, and dies with it.
 */
#ifndef VF_ENGINE_PROCESS_WORKER_H
#define VF_ENGINE_PROCESS_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/process/run_memory.h"

/* What a worker writes into the ready pipe. */
struct vf_readiness {
    uint32_t task;
    int32_t err; /* 0, or a negative errno: the worker has logged the cause, and ends */
};

struct vf_worker_order {
    const struct vf_plan *plan;
    struct vf_run_memory *memory;
    unsigned task;
    const struct vf_address *address; /* of the sockets */
    int ready_fd;                     /* pipe, written once */
    int go_fd;                        /* eventfd that counts down; readable once all are ready */
    bool must_not_replace;
    const int *unwanted; /* descriptors of the supervisor's that a worker closes; -1: none */
    size_t unwanted_count;
};

/* Forks. Returns the worker's process id to the supervisor, or a negative errno; does not return
 * in the worker. */
VF_MUST_CHECK pid_t vf_worker_fork(const struct vf_worker_order *order);

#endif
