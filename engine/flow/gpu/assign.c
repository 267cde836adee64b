/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/gpu/gpu.h"

/* GPUs on their way to tasks. */
struct assignment {
    const struct vf_gpu_list *gpus;
    bool *is_taken; /* by a task that has it for itself, for each GPU */
    size_t round;   /* where `shared` goes on */
    int err;
};

/* `gpu` counts from 0 in the list. */
static void give(struct assignment *assignment, struct vf_plan_task *task, size_t gpu)
{
    free(task->gpu_id);
    task->gpu_id = strdup(assignment->gpus->items[gpu].id);
    if (!task->gpu_id)
        assignment->err = -ENOMEM;
}

static void give_none(struct assignment *assignment, const struct vf_plan_task *task)
{
    if (task->gpu_is_needed) {
        vf_log(VF_LOG_ERROR, "No GPU available to allocate %s", task->name);
        if (!assignment->err)
            assignment->err = -ENODEV;
        return;
    }
    vf_log(VF_LOG_WARNING, "no GPU is available for %s: it runs on the CPU", task->name);
}

static void refuse_number(struct assignment *assignment, const struct vf_plan_task *task)
{
    struct vf_text ids = {0};
    for (size_t i = 0; i < assignment->gpus->count; i++)
        vf_text_print(&ids, "%s%s", i ? ", " : "", assignment->gpus->items[i].id);
    vf_log(VF_LOG_ERROR, "%s asks for GPU %u, which is not there; there is: %s", task->name,
           task->gpu_number, ids.bytes ? ids.bytes : "");
    vf_text_finish(&ids);
    if (!assignment->err)
        assignment->err = -ENODEV;
}

static void give_numbered(struct assignment *assignment, struct vf_plan_task *task)
{
    const struct vf_gpu_list *gpus = assignment->gpus;
    for (size_t i = 0; i < gpus->count; i++) {
        if (gpus->items[i].number < 0 || (unsigned)gpus->items[i].number != task->gpu_number)
            continue;
        assignment->is_taken[i] = true;
        give(assignment, task, i);
        return;
    }
    if (gpus->count)
        refuse_number(assignment, task);
    else
        give_none(assignment, task);
}

static void give_free(struct assignment *assignment, struct vf_plan_task *task)
{
    for (size_t i = 0; i < assignment->gpus->count; i++) {
        if (assignment->is_taken[i])
            continue;
        assignment->is_taken[i] = true;
        give(assignment, task, i);
        return;
    }
    give_none(assignment, task);
}

static void give_shared(struct assignment *assignment, struct vf_plan_task *task)
{
    size_t count = assignment->gpus->count;
    if (!count) {
        give_none(assignment, task);
        return;
    }
    size_t chosen = assignment->round % count;
    for (size_t i = 0; i < count && assignment->is_taken[chosen]; i++)
        chosen = (chosen + 1) % count; /* round once: then all are taken, and any will do */
    assignment->round = chosen + 1;
    give(assignment, task, chosen);
}

static void give_all(struct assignment *assignment, struct vf_plan *plan,
                     enum vf_gpu_request request,
                     void (*give_one)(struct assignment *assignment, struct vf_plan_task *task))
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (plan->tasks[i].gpu == request && vf_plan_is_here(plan, &plan->tasks[i]))
            give_one(assignment, &plan->tasks[i]);
    }
}

int vf_gpu_list_assign(const struct vf_gpu_list *gpus, struct vf_plan *plan)
{
    struct assignment assignment = {.gpus = gpus};
    assignment.is_taken = calloc(gpus->count + 1, sizeof(*assignment.is_taken));
    if (!assignment.is_taken)
        return -ENOMEM;
    give_all(&assignment, plan, VF_GPU_NUMBER, give_numbered);
    give_all(&assignment, plan, VF_GPU_ANY, give_free);
    give_all(&assignment, plan, VF_GPU_SHARED, give_shared);
    free(assignment.is_taken);
    return assignment.err;
}
