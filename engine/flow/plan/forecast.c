/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/forecast.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/flow/plan/forecast_probe.h"
#include "engine/flow/plan/memory.h"
#include "engine/flow/plan/plan.h"

/* Sets what comes to each element of a task's inputs. */
static void gather_inputs(const struct vf_plan *plan, const struct vf_plan_task *task,
                          struct vf_forecast *inputs)
{
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        inputs[edge->input] = plan->tasks[edge->sender - 1].forecasts[edge->sender_port];
        inputs[edge->input].forwards = 0;
    }
}

static int ask(struct vf_plan_task *task, struct vf_foresight *foresight)
{
    int err = VF_OK;
    if (task->group)
        err = vf_group_foresee(task->group, foresight, &task->makings, &task->making_count);
    else
        vf_foresee(task->node, foresight);
    task->keeps = task->group ? task->node->keeps : foresight->keeps;
    return err;
}

int vf_forecast_ask(const struct vf_plan *plan, struct vf_plan_task *task)
{
    struct vf_forecast *inputs = calloc(task->input_count + 1, sizeof(*inputs));
    bool *is_read = calloc(task->node->outputs.count + 1, sizeof(*is_read));
    int err = inputs && is_read ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < task->out_count; i++)
        is_read[task->out_edges[i]->sender_port] = true;
    if (!err)
        gather_inputs(plan, task, inputs);
    struct vf_foresight foresight = {
        .options = task->options,
        .inputs = inputs,
        .input_count = task->input_count,
        .is_read = is_read,
        .threads = task->threads,
        .outputs = task->forecasts,
    };
    if (!err)
        err = ask(task, &foresight);
    free(inputs);
    free(is_read);
    return err;
}

int vf_plan_foresee(struct vf_plan *plan, int64_t limit_ns)
{
    int err = vf_forecast_probe(plan, limit_ns);
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        vf_group_makings_free(&task->makings, task->making_count);
        task->making_count = 0;
        if (!vf_forecast_is_probed(task))
            err = vf_forecast_ask(plan, task);
    }
    return err ? err : vf_plan_size_memory(plan);
}

/* What is left of the limit goes to those of whom nothing is known; where there are none, to all
 * in proportion, since frames that turn out larger do so all along a flow. */
uint64_t vf_plan_memory_ceiling(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    uint64_t limit = plan->memory_limit;
    unsigned unknown = 0;
    if (!limit)
        return 0;
    for (size_t i = 0; i < plan->task_count; i++)
        unknown += !plan->tasks[i].is_memory_known;
    uint64_t left = limit > plan->memory ? limit - plan->memory : 0;
    if (!task->is_memory_known && unknown)
        return task->memory + left / unknown;
    if (unknown || !plan->memory)
        return task->memory;
    double share = (double)task->memory / (double)plan->memory;
    return task->memory + (uint64_t)(share * (double)left);
}
