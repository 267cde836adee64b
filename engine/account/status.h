/* SPDX-License-Identifier: MIT */
/* status.h - how a run goes, for whoever asks: the answer to "status" (engine/process/requests.h). */
#ifndef VF_ENGINE_ACCOUNT_STATUS_H
#define VF_ENGINE_ACCOUNT_STATUS_H

#include <jansson.h>

#include "engine/account/progress.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/card.h"
#include "engine/run/memory.h"

/* Makes an object: name, pid, flow, mode and since as the card has them; state ("starting", "running",
 * "stopping"), restarts, tasks (their number), and what vf_progress_json() has. It is the caller's;
 * NULL: out of memory. */
json_t *vf_status_json(const struct vf_run_card *card, const struct vf_plan *plan,
                       const struct vf_run_memory *memory, const struct vf_progress *progress);

#endif
