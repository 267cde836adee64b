/* SPDX-License-Identifier: MIT */
/* memory.h - how much memory each task of a plan needs for what it sends. */
#ifndef VF_ENGINE_FLOW_PLAN_MEMORY_H
#define VF_ENGINE_FLOW_PLAN_MEMORY_H

#include "engine/flow/plan/plan.h"

/* Counts the cells of every edge, once all edges have their depths. */
VF_MUST_CHECK int vf_plan_count_cells(struct vf_plan *plan);

/* Counts every task's payloads and sizes its pools, by the forecasts that the plan has. May be
 * called again when it has better ones. */
VF_MUST_CHECK int vf_plan_size_memory(struct vf_plan *plan);

#endif
