/* SPDX-License-Identifier: MIT */
/* start_failure.h - says why something that a run needs cannot be had, and what helps. */
#ifndef VF_ENGINE_RUN_START_FAILURE_H
#define VF_ENGINE_RUN_START_FAILURE_H

#include <stddef.h>

#include "engine/base/result.h"

/* What was tried: "cannot PURPOSE of NAME", by the system call CALL. */
struct vf_start_attempt {
    const char *purpose;
    const char *name; /* of a task, or NULL */
    const char *call;
    size_t descriptors; /* that the whole run needs, or 0 */
};

/* Logs what could not be done, why, and, where a limit may be the reason, which one. Returns `err`,
 * a negative errno. */
int vf_start_failure(const struct vf_start_attempt *attempt, int err);

#endif
