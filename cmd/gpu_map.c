/* SPDX-License-Identifier: MIT */
#include "cmd/gpu_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"

enum vf_exit_status vf_gpu_map_allocate(struct vf_gpu_list *gpus, struct vf_plan *plan,
                                        const char *named)
{
    int err = vf_gpu_allocate(gpus, plan, named);
    switch (err) {
    case VF_OK:
        return VF_EXIT_OK;
    case -EINVAL:
        return VF_EXIT_USAGE;
    case -ENODEV:
        return VF_EXIT_NO_SOURCE;
    default:
        vf_log(VF_LOG_ERROR, "cannot look for GPUs: %s", strerror(-err));
        return VF_EXIT_INTERNAL;
    }
}

/* Returns whether a task asked for a GPU and got the one called `id`; NULL: and got none. */
static bool is_on(const struct vf_plan_task *task, const char *id)
{
    if (task->gpu == VF_GPU_NONE || !id || !task->gpu_id)
        return task->gpu != VF_GPU_NONE && !id && !task->gpu_id;
    return strcmp(task->gpu_id, id) == 0;
}

static unsigned count_on(const struct vf_plan *plan, const char *id)
{
    unsigned count = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        count += is_on(&plan->tasks[i], id);
    return count;
}

static void print_row(const struct vf_plan *plan, const char *id, const char *model)
{
    const char *between = "";
    printf("%-8s  %-28s  ", id ? id : "cpu", model ? model : "-");
    for (size_t i = 0; i < plan->task_count; i++) {
        if (!is_on(&plan->tasks[i], id))
            continue;
        printf("%s%s", between, plan->tasks[i].name);
        between = ", ";
    }
    printf("%s\n", *between ? "" : "-");
}

void vf_gpu_map_print(const struct vf_gpu_list *gpus, const struct vf_plan *plan)
{
    unsigned on_cpu = count_on(plan, NULL), asking = on_cpu;
    for (size_t i = 0; i < gpus->count; i++)
        asking += count_on(plan, gpus->items[i].id);
    if (!asking)
        return;
    printf("\n%-8s  %-28s  %s\n", "gpu", "model", "tasks");
    for (size_t i = 0; i < gpus->count; i++)
        print_row(plan, gpus->items[i].id, gpus->items[i].model);
    if (on_cpu)
        print_row(plan, NULL, NULL);
}
