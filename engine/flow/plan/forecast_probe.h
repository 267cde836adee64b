/* SPDX-License-Identifier: MIT */
/* forecast_probe.h - asks producers, which open what they are to read, at a safe distance. */
#ifndef VF_ENGINE_FLOW_PLAN_FORECAST_PROBE_H
#define VF_ENGINE_FLOW_PLAN_FORECAST_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

/* Tells whether a task is asked that way: a producer that has a forecast. */
bool vf_forecast_is_probed(const struct vf_plan_task *task);

/* Asks every one of these tasks, in a process of its own, and sets their forecasts.
 * Whatever goes wrong there, and whatever takes longer than `limit_ns`, stays unknown. */
VF_MUST_CHECK int vf_forecast_probe(struct vf_plan *plan, int64_t limit_ns);

#endif
