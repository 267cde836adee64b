/* SPDX-License-Identifier: MIT */
/* wishes.h - what is wanted of the pictures of a producer (engine/node/wish.h). */
#ifndef VF_ENGINE_FLOW_PLAN_WISHES_H
#define VF_ENGINE_FLOW_PLAN_WISHES_H

#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

/* Fills in the wishes of all producers; the tasks are connected. */
void vf_plan_find_wishes(struct vf_plan *plan);

/* Returns whether messages without their pictures can come by an edge: of the two ends alone, so also
 * where the flow was changed meanwhile. */
bool vf_plan_edge_may_be_hollow(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Says of a producer which of its pictures it makes: "; decodes only what is needed for the pictures
 * that few takes", or, where somebody takes only some of them, why it makes all: "; decodes all
 * pictures, as small takes each". Adds nothing where nobody has a wish. */
void vf_plan_describe_wishes(struct vf_text *text, const struct vf_plan *plan,
                             const struct vf_plan_task *task);

#endif
