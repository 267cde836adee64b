/* SPDX-License-Identifier: MIT */
/* worker.h - makes the process of a task. */
#ifndef VF_ENGINE_PROCESS_WORKER_H
#define VF_ENGINE_PROCESS_WORKER_H

#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/process/worker_main.h"

/* Forks a process that runs vf_task_executor(), and exits with what that returns. Borrows the
 * spec. Returns the process id to the caller, who waits for it, or a negative errno; does not
 * return in the child. */
VF_MUST_CHECK pid_t vf_process_create_task(const struct vf_worker_spec *spec);

/* The same with vf_task_executor_gpu(). */
VF_MUST_CHECK pid_t vf_process_create_task_gpu(const struct vf_worker_spec *spec,
                                               const char *gpu_id);

#endif
