/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/plan.h"

#include <stdlib.h>

#include "engine/flow/graph/options.h"
#include "engine/node/gather_node.h"

static void finish_task(struct vf_plan_task *task)
{
    if (task->node && !task->group)
        vf_flow_options_destroy(&task->options, task->node);
    free((void *)task->in_edges);
    free((void *)task->out_edges);
    for (unsigned i = 0; task->input_names && i < task->input_count; i++)
        free(task->input_names[i]);
    free(task->input_names);
    free(task->is_connected);
    free(task->input_ports);
    free(task->forecasts);
    vf_group_makings_free(&task->makings, task->making_count);
    free((void *)task->name);
    free(task->gpu_id);
    for (size_t i = 0; i < task->sandbox.path_count; i++)
        free(task->sandbox.paths[i]);
    free(task->sandbox.paths);
}

const struct vf_plan_task *vf_plan_sender(const struct vf_plan *plan,
                                          const struct vf_plan_edge *edge)
{
    return &plan->tasks[edge->sender - 1];
}

unsigned vf_plan_answers(const struct vf_plan_task *task, unsigned port)
{
    const struct vf_port_list *outputs = &task->node->outputs;
    return port < outputs->count ? outputs->items[port].answers : 0;
}

const struct vf_plan_task *vf_plan_receiver(const struct vf_plan *plan,
                                            const struct vf_plan_edge *edge)
{
    return &plan->tasks[edge->receiver - 1];
}

/* Whether private frames go along an edge, when those tasks get some that are marked. */
static bool carries_private(const struct vf_plan *plan, const struct vf_plan_edge *edge,
                            const bool *are_reached)
{
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    enum vf_port_type type = sender->node->outputs.items[edge->sender_port].type;
    if (type == VF_PORT_VALUE || type == VF_PORT_AUDIO)
        return false;
    return sender->is_private || (are_reached[edge->sender] && !sender->node->redacts);
}

bool vf_plan_edge_is_private(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    bool *are_reached = calloc(plan->task_count + 1, sizeof(*are_reached));
    if (!are_reached)
        return true; /* what is not known is not shown */
    for (bool has_changed = true; has_changed;) {
        has_changed = false;
        for (size_t i = 0; i < plan->edge_count; i++) {
            bool *is_reached = &are_reached[plan->edges[i].receiver];
            if (*is_reached || !carries_private(plan, &plan->edges[i], are_reached))
                continue;
            *is_reached = has_changed = true;
        }
    }
    bool is_private = carries_private(plan, edge, are_reached);
    free(are_reached);
    return is_private;
}

bool vf_plan_is_here(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    return plan->here < 0 || task->host == (unsigned)plan->here;
}

bool vf_plan_edge_is_remote(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_transport_has_sockets(&plan->transport) ||
           vf_plan_sender(plan, edge)->host != vf_plan_receiver(plan, edge)->host;
}

enum vf_wire_form vf_plan_edge_form(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_plan_edge_is_remote(plan, edge) ? edge->wire : VF_WIRE_RAW;
}

bool vf_plan_edge_has_pictures(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    enum vf_port_type type =
        vf_plan_sender(plan, edge)->node->outputs.items[edge->sender_port].type;
    return type == VF_PORT_VIDEO || type == VF_PORT_ANY;
}

bool vf_plan_task_has_sockets(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    bool has_sockets = vf_transport_has_sockets(&plan->transport);
    for (size_t i = 0; i < task->in_count; i++)
        has_sockets = has_sockets || vf_plan_edge_is_remote(plan, task->in_edges[i]);
    for (size_t i = 0; i < task->out_count; i++)
        has_sockets = has_sockets || vf_plan_edge_is_remote(plan, task->out_edges[i]);
    return has_sockets;
}

bool vf_plan_has_sockets(const struct vf_plan *plan)
{
    return plan->host_count > 1 || vf_transport_has_sockets(&plan->transport);
}

bool vf_plan_task_hears_run(const struct vf_plan_task *task)
{
    return task->node && task->node->hears_run;
}

bool vf_plan_hears_run(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_plan_task_hears_run(&plan->tasks[i]))
            return true;
    }
    return false;
}

void vf_plan_mark_followers(const struct vf_plan *plan, bool *follow)
{
    bool has_grown = true;
    for (size_t i = 0; i < plan->task_count; i++)
        follow[i] = vf_plan_task_hears_run(&plan->tasks[i]);
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < plan->edge_count; i++) {
            const struct vf_plan_edge *edge = &plan->edges[i];
            bool is_new =
                !edge->is_leaving && follow[edge->sender - 1] && !follow[edge->receiver - 1];
            follow[edge->receiver - 1] |= is_new;
            has_grown = has_grown || is_new;
        }
    }
}

void vf_plan_mark_only_followers(const struct vf_plan *plan, bool *follow_only)
{
    bool has_shrunk = true;
    vf_plan_mark_followers(plan, follow_only);
    while (has_shrunk) {
        has_shrunk = false;
        for (size_t i = 0; i < plan->edge_count; i++) {
            const struct vf_plan_edge *edge = &plan->edges[i];
            bool is_mixed = !edge->is_leaving && !follow_only[edge->sender - 1] &&
                            follow_only[edge->receiver - 1];
            follow_only[edge->receiver - 1] &= !is_mixed;
            has_shrunk = has_shrunk || is_mixed;
        }
    }
}

bool vf_plan_task_sends(const struct vf_plan_task *task)
{
    return task->node->outputs.count && (task->node->kind != VF_CONSUMER || task->out_count);
}

static void destroy_rest(struct vf_plan *dead)
{
    for (size_t i = 0; i < dead->group_count; i++)
        vf_group_destroy(&dead->groups[i]);
    for (size_t i = 0; i < dead->gather_count; i++)
        vf_gather_node_destroy(&dead->gathers[i]);
    free(dead->groups);
    free(dead->gathers);
    vf_node_copies_free(dead->adapted, dead->adapted_count);
    free(dead->transport.host);
    for (unsigned i = 0; i < dead->host_count; i++) {
        free(dead->hosts[i].name);
        free(dead->hosts[i].address);
    }
    free(dead->hosts);
    free(dead->tasks);
    free(dead->edges);
    free(dead->file);
    free(dead->http);
    free(dead);
}

/* The nodes of a task may be those of any plan that it has been in. */
void vf_plan_destroy(struct vf_plan **plan)
{
    for (struct vf_plan *dead = *plan; dead; dead = dead->lender) {
        for (size_t i = 0; i < dead->task_count; i++)
            finish_task(&dead->tasks[i]);
    }
    for (struct vf_plan *dead = *plan, *lender; dead; dead = lender) {
        lender = dead->lender;
        destroy_rest(dead);
    }
    *plan = NULL;
}
