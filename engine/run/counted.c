/* SPDX-License-Identifier: MIT */
#include "engine/run/counted.h"

/* Returns an edge that leads to the first input of a task; NULL: none does. */
static const struct vf_plan_edge *first_input(const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->in_count; i++) {
        if (task->in_edges[i]->input == 0 && !task->in_edges[i]->is_leaving)
            return task->in_edges[i];
    }
    return NULL;
}

/* Returns how many inputs of a processor make one message of its first output; 0: nobody knows. */
static uint64_t thinning(const struct vf_plan_task *task)
{
    const struct vf_node *node = task->node;
    if (task->group || vf_node_may_split(node, 0) || task->latest.has_ticks)
        return 0;
    return node->thins ? node->thins(task->options) : 1;
}

unsigned vf_counted_producer(const struct vf_plan *plan, unsigned task, unsigned *port,
                             uint64_t *thinned)
{
    const struct vf_plan_edge *edge;
    *thinned = 1;
    while ((edge = first_input(&plan->tasks[task - 1]))) {
        const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
        *port = edge->sender_port;
        if (sender->node->kind == VF_PRODUCER)
            return sender->id;
        uint64_t thins = *port == 0 ? thinning(sender) : 0;
        if (!thins || *thinned > UINT32_MAX || thins > UINT32_MAX)
            return 0;
        *thinned *= thins;
        task = sender->id;
    }
    return 0;
}
