/* SPDX-License-Identifier: MIT */
/* supervisor.h - a process that runs a plan, so that it can be watched, stopped and killed.
 *
 * It writes `report.json` and `log` into the folder of the run, and dies with whoever made it.
 */
#ifndef VF_TESTS_STRESS_SUPERVISOR_H
#define VF_TESTS_STRESS_SUPERVISOR_H

#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

#define SUPERVISOR_LEFTOVERS 99 /* exit status: something of the run was still there at its end */

/* Starts it in `directory`. Returns its process id, or a negative errno. */
VF_MUST_CHECK pid_t supervisor_fork(const struct vf_plan *plan, const char *directory);

#endif
