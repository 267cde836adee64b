/* SPDX-License-Identifier: MIT */
/* samples.h - the samples of a run over time that are kept for its report, if somebody has asked for
 * them (engine/account/run_history.h). Otherwise these do nothing. */
#ifndef VF_ENGINE_PROCESS_SAMPLES_H
#define VF_ENGINE_PROCESS_SAMPLES_H

#include <stdint.h>

#include "engine/base/result.h"

struct vf_engine;

/* Begins to keep them. Returns -ENOMEM. */
VF_MUST_CHECK int vf_samples_begin(struct vf_engine *engine);

/* Returns how long a supervisor may sleep, in milliseconds, so that it is awake when one is due. */
int64_t vf_samples_timeout(const struct vf_engine *engine, int64_t timeout_ms);

/* Takes one if it is due; and the last one, when the run is over. */
void vf_samples_look(struct vf_engine *engine);
void vf_samples_end(struct vf_engine *engine);

#endif
