/* SPDX-License-Identifier: MIT */
#include "engine/run/arena_size.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/address_space.h"

/* Address space, not memory: only what is touched costs. */
#define ARENA_SIZE ((size_t)4 << 30)
#define ARENA_LEAST ((size_t)64 << 10) /* beyond what is planned */
#define SPACE_ELSE ((size_t)512 << 20) /* for what a worker loads, and its threads */

/* Bytes that an arena has to have: what is planned, and something for what cannot be foreseen. */
static size_t least_size(const struct vf_plan_task *task)
{
    return (size_t)task->memory + (size_t)task->memory / 8 + ARENA_LEAST;
}

static size_t count_arenas(const struct vf_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        count += vf_plan_task_sends(&plan->tasks[i]) && vf_plan_is_here(plan, &plan->tasks[i]);
    return count;
}

size_t vf_arena_share(const struct vf_plan *plan)
{
    struct rlimit limit;
    size_t arenas = count_arenas(plan), used = (size_t)vf_address_space_used() + SPACE_ELSE;
    if (!arenas || getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return ARENA_SIZE;
    size_t left = limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 0;
    return left / arenas < ARENA_SIZE ? left / arenas : ARENA_SIZE;
}

size_t vf_arena_size(const struct vf_plan_task *task, size_t share)
{
    struct rlimit limit;
    size_t least = least_size(task), size = share > least ? share : least;
    if (!vf_plan_task_sends(task))
        return 0; /* whoever sends nothing needs none */
    /* A file that is too large for what is planned is refused by the kernel. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size)
        size = limit.rlim_cur > least ? (size_t)limit.rlim_cur : least;
    return size & ~(size_t)4095;
}
