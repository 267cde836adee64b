/* SPDX-License-Identifier: MIT */
/* forecast.h - asks the node of one task what it is going to send. */
#ifndef VF_ENGINE_FLOW_PLAN_FORECAST_H
#define VF_ENGINE_FLOW_PLAN_FORECAST_H

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

/* Sets the forecasts of a task, all of whose senders have theirs. */
VF_MUST_CHECK int vf_forecast_ask(const struct vf_plan *plan, struct vf_plan_task *task);

#endif
