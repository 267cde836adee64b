/* SPDX-License-Identifier: MIT */
/* plan_sandbox.h - prints what the tasks of a plan are kept from. */
#ifndef VF_CMD_PLAN_SANDBOX_H
#define VF_CMD_PLAN_SANDBOX_H

#include "engine/flow/plan/plan.h"

/* Prints a row for each task to standard output: how far its sandbox goes here, and what it lets the
 * task reach; then the reasons for what is not enforced. */
void vf_plan_sandbox_print(const struct vf_plan *plan);

#endif
