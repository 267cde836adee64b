/* SPDX-License-Identifier: MIT */
/* tasks.h - the part of planning that turns nodes and groups into tasks and edges. */
#ifndef VF_ENGINE_FLOW_PLAN_TASKS_H
#define VF_ENGINE_FLOW_PLAN_TASKS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/streams.h"
#include "engine/flow/graph/units.h"
#include "engine/flow/plan/plan.h"

/* Makes the tasks of the empty `plan`, numbered in the order of `units`' graph, and their edges
 * in the order of their receivers and inputs. Each task joins as its node wishes, or as its
 * streams allow. */
VF_MUST_CHECK int vf_plan_make_tasks(struct vf_plan *plan, const struct vf_units *units,
                                     const struct vf_streams *streams,
                                     struct vf_diagnostics *mistakes);

#endif
