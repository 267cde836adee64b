/* SPDX-License-Identifier: MIT */
/* wishes.h - what is wanted of the pictures of a producer (engine/node/wish.h). */
#ifndef VF_ENGINE_FLOW_PLAN_WISHES_H
#define VF_ENGINE_FLOW_PLAN_WISHES_H

#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

/* Fills in the wishes of all producers; the tasks are connected. */
void vf_plan_find_wishes(struct vf_plan *plan);

/* Says of a producer which of its pictures it has to make: "makes only those that few takes", or
 * why it makes all, where somebody takes only some of them: "makes all: small takes each, too". Adds
 * nothing where nobody has a wish. */
void vf_plan_describe_wishes(struct vf_text *text, const struct vf_plan *plan,
                             const struct vf_plan_task *task);

#endif
