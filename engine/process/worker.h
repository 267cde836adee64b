/* SPDX-License-Identifier: MIT */
/* worker.h - the process of a task as its supervisor has it: forked, let go, killed, waited for.
 *
 * What happens inside is worker_main.h's.
 */
#ifndef VF_ENGINE_PROCESS_WORKER_H
#define VF_ENGINE_PROCESS_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/flow/plan/change.h"
#include "engine/process/recovery.h"
#include "engine/process/worker_main.h"

/* The process that a task has at present, and what is known of those before. Starts as
 * {.pidfd = -1}. */
struct vf_worker {
    pid_t pid;             /* 0: not started, or ended and waited for */
    int pidfd;             /* -1: it has none */
    int64_t started_ns;    /* when the present process was, or the last */
    int64_t start_at_ns;   /* when the next has to be; 0: none has to */
    int64_t alive_stamp;   /* the sign of life that was seen last, as its page says it */
    int64_t alive_seen_ns; /* and when that was */
    bool is_ready;         /* the present process: it waits for the others to begin, or has begun */
    int start_err;         /* why the present process cannot get ready; 0: nothing keeps it */
    unsigned starts;       /* of processes */
    struct vf_recovery_history history;
    char skip_cause[640]; /* what the input to be put aside did to the processes before, in words */
    bool is_hung;         /* it was killed for that */
    int64_t stop_by_ns; /* when its part of the flow, which has failed, has to end; 0: it has not */
    bool is_halted;     /* because it had not */
    uint64_t
        renewal; /* the request to give it a new process that is under way (renewal.h); 0: none */
    unsigned renewed_process;  /* the process that is to make way, and then the one that comes */
    int64_t give_way_by_ns;    /* when it has to have; 0: it need not */
    bool is_overdue;           /* it had not, and was killed */
    enum vf_plan_step step;    /* what that request makes of it */
    size_t change, due_change; /* of the flow (change.h): the last that its process knows, and that
                                  it has to know */
    bool awaits_change; /* it is not asked yet to make way for one that knows it, or to end */
    bool is_cleanup;    /* the next one, or the present, only closes the task's edges */
};

/* Forks the next process of a worker; its task sees the GPU `gpu_id`, or none if that is NULL.
 * Borrows the spec. The process has no pidfd where the kernel, or what guards it, gives none.
 * Returns VF_OK or a negative errno; the worker may have a process all the same. */
VF_MUST_CHECK int vf_worker_start(struct vf_worker *worker, const struct vf_worker_spec *spec,
                                  const char *gpu_id, int64_t now_ns);

/* Kills the process, if there is one. */
void vf_worker_kill(const struct vf_worker *worker);

/* Waits for the process, which there has to be, and kills the programs that it has left in a process
 * group of its own (base/guest.h). *usage becomes what it has used, and *wait_status what waitpid()
 * has of it, or an exit with VF_EXIT_INTERNAL if somebody else has waited for it. With WNOHANG in
 * `options`, returns false when it has not ended. */
bool vf_worker_collect(struct vf_worker *worker, int options, int *wait_status,
                       struct rusage *usage);

/* Asks the kernel whether a signal or a debugger has stopped the process: a producer that is silent
 * may be waiting as well. */
bool vf_worker_is_stopped(const struct vf_worker *worker);

/* How workers that start together wait for each other. */
struct vf_start_gate {
    int ready_fds[2]; /* pipe on which each reports */
    int go_fd;        /* eventfd that counts down; readable once all are ready */
};

#define VF_START_GATE_NONE \
    (struct vf_start_gate) \
    {                      \
        {-1, -1}, -1       \
    }

/* Makes a gate in place of VF_START_GATE_NONE. Logs why it could not; `descriptors` is how many the
 * whole run needs. Also after a failure it is to be closed. */
VF_MUST_CHECK int vf_start_gate_make(struct vf_start_gate *gate, size_t descriptors);

/* Reads what one worker reports, which may be anything. Returns false when it is not whole. */
bool vf_start_gate_hear(const struct vf_start_gate *gate, struct vf_readiness *readiness);

/* Lets `count` workers go, all of which are ready; nobody reports after that. */
VF_MUST_CHECK int vf_start_gate_open(struct vf_start_gate *gate, size_t count);

/* Closes the descriptors that are open. */
void vf_start_gate_close(struct vf_start_gate *gate);

/* Forks a process that runs vf_task_executor(), and exits with what that returns. Borrows the
 * spec. Returns the process id to the caller, who waits for it, or a negative errno; does not
 * return in the child. */
VF_MUST_CHECK pid_t vf_process_create_task(const struct vf_worker_spec *spec);

/* The same with vf_task_executor_gpu(). */
VF_MUST_CHECK pid_t vf_process_create_task_gpu(const struct vf_worker_spec *spec,
                                               const char *gpu_id);

#endif
