/* SPDX-License-Identifier: MIT */
/* outcome.h - how a task of a run ended. */
#ifndef VF_ENGINE_RUN_OUTCOME_H
#define VF_ENGINE_RUN_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/message/message.h"

/* A task that was restarted, or given up, has ended as the last process that ran its node. Of a
 * task whose worker has not ended, or was never started, `exit_status` is -1 and `signal` is 0. */
struct vf_task_outcome {
    unsigned task;             /* its id */
    const char *name;          /* lent by the plan */
    pid_t pid;                 /* of its worker; 0: never started */
    int exit_status;           /* enum vf_exit_status of the worker; -1: there is none */
    int signal;                /* that killed the worker; 0: none did */
    bool has_finished;         /* it sent its end to its neighbours, whatever the reason */
    uint64_t frame;            /* the last it had; if it has not finished, the one in work */
    unsigned restarts;         /* processes that it had before this one */
    int64_t cpu_ns;            /* of processors, that all its processes have used */
    uint64_t peak_bytes;       /* of memory, that the largest of them had at a time */
    enum vf_end_reason reason; /* why it ended; VF_END_FAILED if it has not finished */
};

#endif
