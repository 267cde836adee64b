/* SPDX-License-Identifier: MIT */
/* named_task.h - the tasks that a request names: one, or a node with all its replicas. */
#ifndef VF_ENGINE_PROCESS_NAMED_TASK_H
#define VF_ENGINE_PROCESS_NAMED_TASK_H

#include <stdbool.h>

#include "engine/flow/plan/plan.h"
#include "engine/process/control/control.h"

/* Returns whether `name` means this task. */
bool vf_named_task_is(const struct vf_plan_task *task, const char *name);

/* Refuses a request that names no task, with the name that was probably meant. */
void vf_named_task_refuse(const struct vf_plan *plan, const char *name,
                          struct vf_control_answer *answer);

#endif
