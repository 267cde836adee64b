/* SPDX-License-Identifier: MIT */
/* create - vf_plan_create(): makes the tasks and edges of a flow, then counts and sizes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/graph/streams.h"
#include "engine/flow/graph/units.h"
#include "engine/flow/graph/wiring.h"
#include "engine/flow/plan/meetings.h"
#include "engine/flow/plan/memory.h"
#include "engine/flow/plan/plan.h"
#include "engine/flow/plan/tasks.h"
#include "engine/flow/plan/wishes.h"

static unsigned count_inputs(const struct vf_plan_task *task)
{
    const struct vf_port_list *ports = &task->node->inputs;
    unsigned count = (unsigned)ports->count;
    bool is_last_repeated = count && ports->items[count - 1].is_repeated;
    if (is_last_repeated)
        count--;
    if (task->in_count && task->in_edges[task->in_count - 1]->input >= count)
        count = task->in_edges[task->in_count - 1]->input + 1;
    return count;
}

/* Names the port that an edge comes from. NULL: out of memory. */
static char *name_of_sender(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    if (edge->sender_port == 0)
        return strdup(sender->name);
    return vf_text_format("%s.%s", sender->name,
                          sender->node->outputs.items[edge->sender_port].name);
}

static int name_inputs(const struct vf_plan *plan, struct vf_plan_task *task)
{
    task->is_connected = calloc(task->input_count + 1, sizeof(*task->is_connected));
    task->input_names = calloc(task->input_count + 1, sizeof(*task->input_names));
    task->input_ports = calloc(task->input_count + 1, sizeof(*task->input_ports));
    if (!task->is_connected || !task->input_names || !task->input_ports)
        return -ENOMEM;
    for (unsigned i = 0; i < task->input_count; i++)
        task->input_ports[i] = i;
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        if (task->is_connected[edge->input])
            continue; /* another replica of the same node */
        task->is_connected[edge->input] = true;
        task->input_ports[edge->input] = edge->input_port;
        task->input_names[edge->input] = name_of_sender(plan, edge);
        if (!task->input_names[edge->input])
            return -ENOMEM;
    }
    return VF_OK;
}

/* Gives each task the list of its edges, and its inputs. */
static int connect_tasks(struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        plan->tasks[plan->edges[i].sender - 1].out_count++;
        plan->tasks[plan->edges[i].receiver - 1].in_count++;
    }
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        task->in_edges = calloc(task->in_count + 1, sizeof(const struct vf_plan_edge *));
        task->out_edges = calloc(task->out_count + 1, sizeof(const struct vf_plan_edge *));
        if (!task->in_edges || !task->out_edges)
            return -ENOMEM;
        task->in_count = task->out_count = 0;
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        struct vf_plan_task *sender = &plan->tasks[edge->sender - 1];
        struct vf_plan_task *receiver = &plan->tasks[edge->receiver - 1];
        sender->out_edges[sender->out_count++] = edge;
        receiver->in_edges[receiver->in_count++] = edge;
    }
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        task->input_count = count_inputs(task);
        task->forecasts = calloc(task->node->outputs.count + 1, sizeof(*task->forecasts));
        task->keeps = task->node->keeps;
        if (!task->forecasts || name_inputs(plan, task) != VF_OK)
            return -ENOMEM;
    }
    return VF_OK;
}

/* Returns whose numbering the answers have that a task sends on a port. */
static uint32_t stream_from(const struct vf_plan_task *task, unsigned port)
{
    unsigned answers = vf_plan_answers(task, port);
    for (size_t i = 0; answers && i < task->in_count; i++) {
        if (task->in_edges[i]->input == answers - 1)
            return task->in_edges[i]->origin_stream;
    }
    return task->in_edges[0]->origin_stream;
}

/* Parents first: whose numbering each edge carries. */
static void plan_streams(struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; j < task->out_count; j++) {
            struct vf_plan_edge *edge = &plan->edges[task->out_edges[j]->id];
            if (task->latest.has_ticks)
                edge->origin_stream = task->id << 8;
            else
                edge->origin_stream = task->in_count ? stream_from(task, edge->sender_port)
                                                     : task->id << 8 | edge->sender_port;
        }
    }
}

/* Whether a task wants to know of an input how far it has come. */
static bool is_told(const struct vf_plan_task *task, const struct vf_plan_edge *edge)
{
    const struct vf_port_list *ports = &task->node->inputs;
    return task->node->takes == VF_TAKES_EACH && edge->input_port < ports->count &&
           ports->items[edge->input_port].tells_passed;
}

/* Children first: gaps go wherever a join waits downstream, or who is told of them. */
static void plan_gaps(struct vf_plan *plan)
{
    for (size_t i = plan->task_count; i-- > 0;) {
        const struct vf_plan_task *task = &plan->tasks[i];
        bool has_join_behind = task->join == VF_JOIN_ORIGIN;
        for (size_t j = 0; j < task->out_count; j++)
            has_join_behind |= task->out_edges[j]->carries_gaps;
        for (size_t j = 0; j < task->in_count; j++)
            plan->edges[task->in_edges[j]->id].carries_gaps =
                has_join_behind || is_told(task, task->in_edges[j]);
    }
    /* A replica also says of each message that it does not answer it, so that order returns. */
    for (size_t i = 0; i < plan->edge_count; i++)
        plan->edges[i].carries_gaps |= plan->tasks[plan->edges[i].sender - 1].replica > 0;
}

/* Where other tasks compute, too, a producer's threads lose the cores to them again and again; one
 * more has the next frame ready all the same. Alone, it would only be in the way. */
static void plan_threads(struct vf_plan *plan)
{
    bool is_alone = true;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_node *node = plan->tasks[i].node;
        is_alone = is_alone && (node->kind == VF_PRODUCER || node->is_reading_only_heads);
    }
    for (size_t i = 0; !is_alone && i < plan->task_count; i++)
        plan->tasks[i].threads += plan->tasks[i].node->kind == VF_PRODUCER;
}

static int fill_plan(struct vf_plan *plan, const struct vf_flow *flow,
                     const struct vf_wiring *wiring, struct vf_diagnostics *mistakes)
{
    struct vf_streams streams;
    struct vf_units units = {0};
    int err = vf_streams_init(&streams, flow, wiring);
    if (!err)
        err = vf_units_init(&units, flow, wiring);
    if (!err)
        err = vf_plan_make_tasks(plan, &units, &streams, mistakes);
    vf_units_finish(&units);
    vf_streams_finish(&streams);
    if (!err)
        err = connect_tasks(plan);
    if (err)
        return err;
    plan_streams(plan);
    plan_gaps(plan);
    plan_threads(plan);
    vf_plan_find_wishes(plan);
    err = vf_plan_find_meetings(plan);
    if (!err)
        err = vf_plan_count_cells(plan);
    return err ? err : vf_plan_size_memory(plan);
}

static int copy_hosts(struct vf_plan *plan, const struct vf_flow *flow)
{
    plan->hosts = calloc(flow->host_count + 1, sizeof(*plan->hosts));
    if (!plan->hosts)
        return -ENOMEM;
    for (; plan->host_count < flow->host_count; plan->host_count++) {
        struct vf_flow_host *host = &plan->hosts[plan->host_count];
        const struct vf_flow_host *other = &flow->hosts[plan->host_count];
        *host = (struct vf_flow_host){
            .name = strdup(other->name), .address = strdup(other->address), .base = other->base};
        if (!host->name || !host->address) {
            plan->host_count++; /* and so it is freed */
            return -ENOMEM;
        }
    }
    return VF_OK;
}

static int create_plan(struct vf_plan **plan, const struct vf_flow *flow)
{
    struct vf_plan *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    *plan = created;
    created->mode = flow->mode;
    created->memory_limit = (uint64_t)flow->memory;
    created->file = strdup(flow->file);
    created->transport = flow->transport;
    created->transport.host = flow->transport.host ? strdup(flow->transport.host) : NULL;
    created->here = flow->here;
    created->peer_timeout_ns = flow->peer_timeout_ns;
    created->http = flow->http ? strdup(flow->http) : NULL;
    bool is_whole = created->file && created->transport.host && (created->http || !flow->http);
    return is_whole ? copy_hosts(created, flow) : -ENOMEM;
}

int vf_plan_create(struct vf_plan **plan, const struct vf_flow *flow,
                   const struct vf_node_list *nodes)
{
    struct vf_wiring *wiring;
    struct vf_diagnostics mistakes = {0};
    *plan = NULL;
    int err = vf_wiring_create(&wiring, flow, nodes, &mistakes);
    if (err)
        return err;
    err = mistakes.count || flow->node_count == 0 ? -EINVAL : create_plan(plan, flow);
    if (!err) {
        (*plan)->adapted = wiring->adapted;
        (*plan)->adapted_count = wiring->node_count;
        wiring->adapted = NULL;
        err = fill_plan(*plan, flow, wiring, &mistakes);
    }
    if (mistakes.failure)
        err = mistakes.failure;
    if (err)
        vf_plan_destroy(plan);
    vf_wiring_destroy(&wiring);
    vf_diagnostics_finish(&mistakes);
    return err;
}
