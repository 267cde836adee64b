/* SPDX-License-Identifier: MIT */
/* progress.h - how far a run is, read off the pages of its tasks. */
#ifndef VF_ENGINE_ACCOUNT_PROGRESS_H
#define VF_ENGINE_ACCOUNT_PROGRESS_H

#include <stdint.h>

#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

/* Returns how far the producers that know their length are, 0 to 1; negative: none does. */
double vf_progress_part(const struct vf_plan *plan, const struct vf_run_memory *memory);

/* Returns how many frames have come out at the end: of the consumer that has had most, all its
 * replicas together. */
uint64_t vf_progress_frames(const struct vf_plan *plan, const struct vf_run_memory *memory);

#endif
