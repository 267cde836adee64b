/* SPDX-License-Identifier: MIT */
/* batch_plan.h - what the runs of a batch are going to be, before any of them starts. */
#ifndef VF_CMD_BATCH_PLAN_H
#define VF_CMD_BATCH_PLAN_H

#include <stdbool.h>

#include "cmd/batch/work.h"
#include "cmd/flow_arguments.h"

/* Finds out which of the variables of a batch the flow has. *is_used says whether any of them makes one
 * run another than the next. */
VF_MUST_CHECK int vf_batch_find_variables(const struct vf_flow_arguments *arguments,
                                          const char *file, struct vf_batch_variables *variables,
                                          bool *is_used);

/* Loads and plans the flow for each job, in several processes at a time, and opens its media where it
 * `looks_at_media`. A flow that cannot be loaded is no failure: the run is going to say why. But
 * where it is the same for all of them, a mistake in the flow, it is printed and returned. */
VF_MUST_CHECK enum vf_exit_status
vf_batch_plan(struct vf_batch_jobs *jobs, const struct vf_flow_arguments *arguments,
              const char *file, const struct vf_batch_settings *settings, bool looks_at_media);

/* Returns whether each output belongs to one job alone, and is no input of another; what is not so is
 * logged. */
bool vf_batch_are_outputs_apart(const struct vf_batch_jobs *jobs);

#endif
