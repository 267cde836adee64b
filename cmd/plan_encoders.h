/* SPDX-License-Identifier: MIT */
/* plan_encoders.h - which tasks encode groups of pictures side by side, and what that costs. */
#ifndef VF_CMD_PLAN_ENCODERS_H
#define VF_CMD_PLAN_ENCODERS_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

/* Adds how many groups a task encodes at the same time, how much waits for that, and how late a frame
 * is written. Returns whether it does such a thing. */
bool vf_plan_encoders_describe(const struct vf_plan *plan, const struct vf_plan_task *task,
                               struct vf_text *text);

void vf_plan_encoders_print(const struct vf_plan *plan);

#endif
