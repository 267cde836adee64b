/* SPDX-License-Identifier: MIT */
/* engine.h - runs a plan: starts a worker for each task, watches them, ends with the last.
 *
 * The engine is the supervisor: one thread, without ZeroMQ and without codecs. Whatever happens,
 * nothing of the run is left when it is destroyed: no process, no socket file, no shared memory.
 *
 *     vf_engine_create(&engine, plan, &settings);
 *     vf_engine_allocate(engine);
 *     vf_engine_join(engine, &status);
 *     vf_engine_destroy(&engine);
 *
 * All calls come from one thread, which has to outlive the run: workers die with it.
 */
#ifndef VF_ENGINE_PROCESS_ENGINE_H
#define VF_ENGINE_PROCESS_ENGINE_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/process/settings.h"
#include "engine/run/outcome.h"

struct vf_engine;

/* Borrows `plan` until the engine is destroyed. */
VF_MUST_CHECK int vf_engine_create(struct vf_engine **engine, const struct vf_plan *plan,
                                   const struct vf_engine_settings *settings);

/* Kills what still runs, and removes all that belongs to the run. */
void vf_engine_destroy(struct vf_engine **engine);

/* Starts a worker for each task, and lets them go once all are ready. Once only: -EALREADY. After
 * a failure, whose cause has been logged, no worker is left. A run that a signal stops before, or
 * one of whose workers dies and may not be replaced, is over: vf_engine_join() returns how. -EEXIST:
 * another run has the name that was asked for. */
VF_MUST_CHECK int vf_engine_allocate(struct vf_engine *engine);

/* Asks the flow to stop: the producers end, and what is in flight is finished. Asked again, every
 * task stops at its next message; a third time, all are killed. Does not wait for it. -EINVAL
 * before the workers have been allocated; does nothing when all have ended. */
VF_MUST_CHECK int vf_engine_signal_termination(struct vf_engine *engine);

/* Waits until every worker has ended, and replaces those that die (recovery.h). Then the ledger
 * (ledger.h) is checked: VF_EXIT_INTERNAL when it does not balance. Called again, gives the same
 * status at once. -EINVAL before the workers have been allocated. */
VF_MUST_CHECK int vf_engine_join(struct vf_engine *engine, enum vf_exit_status *status);

/* Lends how each task has ended, task id i at [i - 1], until the engine is destroyed. Whole after
 * vf_engine_join(). */
const struct vf_task_outcome *vf_engine_outcomes(const struct vf_engine *engine, size_t *count);

/* Returns a signal that has asked to stop since the run was over, or 0. */
int vf_engine_hear_stop(const struct vf_engine *engine);

/* Makes the report of the run, the caller's. `status` is how it ended. */
VF_MUST_CHECK int vf_engine_account(const struct vf_engine *engine, enum vf_exit_status status,
                                    json_t **report);

/* Writes the report of the run to a file, as report_json.h says. `status` is how it ended. */
VF_MUST_CHECK int vf_engine_report(const struct vf_engine *engine, const char *path,
                                   enum vf_exit_status status);

#endif
