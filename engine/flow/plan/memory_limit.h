/* SPDX-License-Identifier: MIT */
/* memory_limit.h - whether a plan fits into the memory that it may have. */
#ifndef VF_ENGINE_FLOW_PLAN_MEMORY_LIMIT_H
#define VF_ENGINE_FLOW_PLAN_MEMORY_LIMIT_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/flow/plan/memory_available.h"
#include "engine/flow/plan/plan.h"

/* Compares a plan with the limit of its flow. Adds a diagnostic and returns -EINVAL when it needs
 * more. */
VF_MUST_CHECK int vf_flow_memory_check(const struct vf_flow *flow, const struct vf_plan *plan,
                                       struct vf_diagnostics *diagnostics);

/* Compares a plan with what there is. Logs what is missing and returns -ENOMEM when it needs
 * more. Where nobody can say how much there is, it fits. `sources` may be NULL. */
VF_MUST_CHECK int vf_flow_memory_check_machine(const struct vf_plan *plan,
                                               const struct vf_memory_sources *sources);

#endif
