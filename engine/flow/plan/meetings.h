/* SPDX-License-Identifier: MIT */
/* meetings.h - the part of planning that looks at forks whose branches meet again. */
#ifndef VF_ENGINE_FLOW_PLAN_MEETINGS_H
#define VF_ENGINE_FLOW_PLAN_MEETINGS_H

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

/* Sets `group` of every edge, and deepens the queue at the start of each branch that holds less
 * than another one it meets: a join that waits for the long branch must not be waited for by the
 * short one. Needs depths, streams and joins. */
VF_MUST_CHECK int vf_plan_find_meetings(struct vf_plan *plan);

#endif
