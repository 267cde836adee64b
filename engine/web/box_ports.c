/* SPDX-License-Identifier: MIT */
#include "engine/web/box_ports.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"

/* Whether what travels on an edge is boxes: nodes of all kinds have these names for them. */
static bool has_boxes(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    static const char *const names[] = {"boxes", "tracks", "objects"};
    const struct vf_port *sent =
        &vf_plan_sender(plan, edge)->node->outputs.items[edge->sender_port];
    const struct vf_port *taken =
        &vf_plan_receiver(plan, edge)->node->inputs.items[edge->input_port];
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        if (strcmp(sent->name, names[i]) == 0 || strcmp(taken->name, names[i]) == 0)
            return sent->type != VF_PORT_VIDEO;
    }
    return false;
}

static bool is_video(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_node *node = vf_plan_sender(plan, edge)->node;
    return node->outputs.items[edge->sender_port].type == VF_PORT_VIDEO;
}

/* Whether a task gets the messages that travel on `edge`, by whatever edge. */
static bool gets(const struct vf_plan_task *task, const struct vf_plan_edge *edge)
{
    for (size_t i = 0; i < task->in_count; i++) {
        if (task->in_edges[i]->sender == edge->sender &&
            task->in_edges[i]->sender_port == edge->sender_port)
            return true;
    }
    return false;
}

const struct vf_plan_edge *vf_web_boxes_of(const struct vf_plan *plan,
                                           const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    if (!is_video(plan, edge))
        return NULL;
    for (size_t i = 0; i < receiver->in_count; i++) {
        if (has_boxes(plan, receiver->in_edges[i]))
            return receiver->in_edges[i];
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (has_boxes(plan, &plan->edges[i]) && gets(vf_plan_sender(plan, &plan->edges[i]), edge))
            return &plan->edges[i];
    }
    return NULL;
}
