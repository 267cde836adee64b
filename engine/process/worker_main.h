/* SPDX-License-Identifier: MIT */
/* worker_main.h - what the process of a task does, from its first line to its exit status.
 *
 * It binds its sockets, reports that it is ready, or why not, and waits until all are; then it
 * connects to its neighbours and executes the task. It ignores the terminal's interrupts, which
 * are the supervisor's business, and dies with it. Call an executor once, in a process made for
 * it (worker.h): it lets go of everything that belongs to other tasks.
 */
#ifndef VF_ENGINE_PROCESS_WORKER_MAIN_H
#define VF_ENGINE_PROCESS_WORKER_MAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/process/confinement.h"
#include "engine/run/descriptor_limit.h"
#include "engine/run/memory.h"

/* What goes into the ready pipe. */
struct vf_readiness {
    uint32_t task;
    pid_t pid;   /* of the process that says so */
    int32_t err; /* 0, or a negative errno: the cause has been logged, and the process ends */
};

/* Which task of which run, and what ties its process to the supervisor. */
struct vf_worker_spec {
    const struct vf_plan *plan;
    struct vf_run_memory *memory;
    unsigned task;
    unsigned process;                 /* of the task: 1 is the first */
    const struct vf_address *address; /* of the sockets */
    pid_t supervisor;                 /* the process that forks the worker */
    int ready_fd;                     /* pipe, written once */
    int go_fd;                        /* eventfd that counts down; readable once all are ready */
    bool must_not_replace;
    bool accepts_partial;             /* what is interrupted counts as whole */
    bool begins_alone;                /* and waits for nobody */
    bool is_resumed;                  /* it goes on for a worker that died or made way */
    bool is_cleanup;                  /* it runs no node, and only closes the edges of the task */
    bool may_die;                     /* if its node fails, a new worker may try again */
    uint64_t failed_round;            /* in which the worker before died; 0: there was none */
    uint64_t skipped_round;           /* whose input is put aside; 0: none */
    const char *skip_cause;           /* what it did, in words */
    const char *dead_letter;          /* folder for what is put aside; NULL: none */
    struct vf_descriptor_limit files; /* that the supervisor has raised */
    const struct vf_sandbox *sandbox; /* of the task; NULL: it has none */
    int *unwanted;                    /* descriptors of the supervisor's, to be closed; -1: none */
    size_t unwanted_count;
};

/* Executes a task that sees no GPU: CUDA_VISIBLE_DEVICES is empty before anything else happens.
 * Returns what the process is to exit with. */
VF_MUST_CHECK enum vf_exit_status vf_task_executor(const struct vf_worker_spec *spec);

/* The same for a task that sees one GPU: CUDA_VISIBLE_DEVICES is `gpu_id`, counted as
 * CUDA_DEVICE_ORDER=PCI_BUS_ID counts. */
VF_MUST_CHECK enum vf_exit_status vf_task_executor_gpu(const struct vf_worker_spec *spec,
                                                       const char *gpu_id);

#endif
