/* SPDX-License-Identifier: MIT */
/* arena_size.h - how much address space the arena of a task gets. */
#ifndef VF_ENGINE_RUN_ARENA_SIZE_H
#define VF_ENGINE_RUN_ARENA_SIZE_H

#include <stddef.h>

#include "engine/flow/plan/plan.h"

/* Returns how large an arena may be where the address space is limited, in which all have to be. */
size_t vf_arena_share(const struct vf_plan *plan);

/* Returns the size of a task's arena, of which that is the share; 0: it needs none. */
size_t vf_arena_size(const struct vf_plan_task *task, size_t share);

#endif
