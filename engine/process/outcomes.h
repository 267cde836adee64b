/* SPDX-License-Identifier: MIT */
/* outcomes.h - what a supervisor makes of how its workers have ended. */
#ifndef VF_ENGINE_PROCESS_OUTCOMES_H
#define VF_ENGINE_PROCESS_OUTCOMES_H

#include <stdbool.h>
#include <sys/resource.h>

#include "engine/base/exit_status.h"
#include "engine/process/engine_inside.h"

/* Notes how the process of a task has ended, as waitpid() has it, and what it used. Of a task that was
 * given up, what counts is how its node ended, not the clean-up. */
void vf_outcome_note(struct vf_engine *engine, size_t task, int wait_status,
                     const struct rusage *usage);

/* Returns whether all that a task has counted is final: not of one that died, with whatever status,
 * or was halted, by whomever. */
bool vf_outcome_is_whole(const struct vf_engine *engine, const struct vf_task_outcome *outcome);

/* Returns how the run would end now, by its failures, signals and corrupt input. */
enum vf_exit_status vf_outcome_of_run(const struct vf_engine *engine);

#endif
