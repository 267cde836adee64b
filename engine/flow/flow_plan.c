/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/flow/flow_graph.h"
#include "engine/flow/flow_options.h"
#include "engine/flow/flow_plan_meetings.h"
#include "engine/flow/flow_wiring.h"

#define MAX_CELLS 8192
#define SPARE_CELLS 4    /* for gaps and the end, which need no room */
#define SPARE_PAYLOADS 2 /* the one being made, and the one being sent */

struct planner {
    struct vf_plan *plan;
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    const size_t *order; /* nodes of the flow, parents first */
    unsigned *ids;       /* task of each node */
};

static int plan_task(struct planner *planner, size_t index, struct vf_diagnostics *mistakes)
{
    struct vf_plan_task *task = &planner->plan->tasks[index];
    size_t node = planner->order[index];
    const struct vf_flow_node *described = &planner->flow->nodes[node];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    planner->ids[node] = task->id = (unsigned)index + 1;
    task->node = planner->wiring->types[node];
    task->cores = cores > 0 ? (unsigned)cores : 1;
    task->name = strdup(described->name);
    if (!task->name)
        return -ENOMEM;
    return vf_flow_options_create(&task->options, described, task->node, mistakes);
}

static enum vf_drop_policy choose_drop(const struct vf_flow *flow,
                                       const struct vf_flow_input *input)
{
    enum vf_drop_policy asked = input->drop != VF_DROP_BY_MODE ? input->drop : flow->drop;
    if (flow->mode == VF_MODE_BATCH)
        return VF_DROP_NEVER;
    return asked == VF_DROP_BY_MODE ? VF_DROP_NEWEST : asked;
}

static void plan_edge(struct planner *planner, const struct vf_link *link)
{
    struct vf_plan *plan = planner->plan;
    struct vf_plan_edge *edge = &plan->edges[plan->edge_count];
    unsigned depth = link->input->queue ? link->input->queue : planner->flow->queue;
    *edge = (struct vf_plan_edge){
        .id = (unsigned)plan->edge_count++,
        .sender = planner->ids[link->sender],
        .sender_port = link->sender_port,
        .receiver = planner->ids[link->reader],
        .input = link->element,
        .depth = depth,
        .asked_depth = depth,
        .drop = choose_drop(planner->flow, link->input),
    };
}

/* Edges are numbered by receiver and its inputs, whatever order the file has. */
static int compare_edges(const void *first, const void *second)
{
    const struct vf_link *a = first, *b = second;
    return a->element < b->element ? -1 : a->element > b->element;
}

static int plan_edges(struct planner *planner)
{
    const struct vf_wiring *wiring = planner->wiring;
    struct vf_link *sorted = calloc(wiring->link_count + 1, sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < planner->plan->task_count; i++) {
        size_t node = planner->order[i], first = wiring->first_links[node];
        size_t count = wiring->first_links[node + 1] - first;
        memcpy(sorted, &wiring->links[first], count * sizeof(*sorted));
        qsort(sorted, count, sizeof(*sorted), compare_edges);
        for (size_t j = 0; j < count; j++)
            plan_edge(planner, &sorted[j]);
    }
    free(sorted);
    return VF_OK;
}

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
        task->is_connected = calloc(task->input_count + 1, sizeof(*task->is_connected));
        if (!task->is_connected)
            return -ENOMEM;
        for (size_t j = 0; j < task->in_count; j++)
            task->is_connected[task->in_edges[j]->input] = true;
    }
    return VF_OK;
}

static enum vf_join_policy choose_join(const struct vf_plan_task *task)
{
    if (task->in_count < 2 || task->node->takes == VF_TAKES_EACH)
        return VF_JOIN_NONE;
    for (size_t i = 1; i < task->in_count; i++) {
        if (task->in_edges[i]->origin_stream != task->in_edges[0]->origin_stream)
            return VF_JOIN_ORDER;
    }
    return VF_JOIN_ORIGIN;
}

/* Parents first: whose numbering each edge carries, and how each task joins. */
static void plan_streams(struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; j < task->out_count; j++) {
            struct vf_plan_edge *edge = &plan->edges[task->out_edges[j]->id];
            edge->origin_stream = task->in_count ? task->in_edges[0]->origin_stream
                                                 : task->id << 8 | edge->sender_port;
        }
        task->join = choose_join(task);
    }
}

/* Children first: what may be unreleased on an edge includes what its receiver has sent on. */
static void plan_memory(struct vf_plan *plan)
{
    for (size_t i = plan->task_count; i-- > 0;) {
        struct vf_plan_task *task = &plan->tasks[i];
        unsigned behind = 0;
        bool has_join_behind = task->join == VF_JOIN_ORIGIN;
        for (size_t j = 0; j < task->out_count; j++) {
            behind += task->out_edges[j]->cells;
            has_join_behind |= task->out_edges[j]->carries_gaps;
        }
        task->payloads = behind + task->node->keeps + SPARE_PAYLOADS;
        for (size_t j = 0; j < task->in_count; j++) {
            struct vf_plan_edge *edge = &plan->edges[task->in_edges[j]->id];
            unsigned cells = edge->depth + 1 + task->node->holds + behind;
            edge->cells = (cells < MAX_CELLS ? cells : MAX_CELLS) + SPARE_CELLS;
            edge->carries_gaps = has_join_behind;
        }
    }
}

static int fill_plan(struct planner *planner, struct vf_diagnostics *mistakes)
{
    struct vf_plan *plan = planner->plan;
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++)
        err = plan_task(planner, i, mistakes);
    if (!err)
        err = plan_edges(planner);
    if (!err)
        err = connect_tasks(plan);
    if (err)
        return err;
    plan_streams(plan);
    err = vf_plan_find_meetings(plan);
    plan_memory(plan);
    return err;
}

static int create_plan(struct vf_plan **plan, const struct vf_flow *flow,
                       const struct vf_wiring *wiring)
{
    struct vf_plan *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    *plan = created;
    created->mode = flow->mode;
    created->file = strdup(flow->file);
    created->tasks = calloc(flow->node_count + 1, sizeof(*created->tasks));
    created->edges = calloc(wiring->link_count + 1, sizeof(*created->edges));
    if (created->file && created->tasks && created->edges) {
        created->task_count = flow->node_count;
        return VF_OK;
    }
    vf_plan_destroy(plan);
    return -ENOMEM;
}

/* Plans what has been wired without a mistake. */
static int plan_wired(struct vf_plan **plan, const struct vf_flow *flow,
                      const struct vf_wiring *wiring, struct vf_diagnostics *mistakes)
{
    size_t *order = NULL;
    struct planner planner = {.flow = flow, .wiring = wiring};
    planner.ids = calloc(flow->node_count + 1, sizeof(*planner.ids));
    int err = planner.ids ? vf_graph_sort(wiring, &order) : -ENOMEM;
    planner.order = order;
    if (!err)
        err = create_plan(plan, flow, wiring);
    planner.plan = *plan;
    if (!err)
        err = fill_plan(&planner, mistakes);
    if (err)
        vf_plan_destroy(plan);
    free(planner.ids);
    free(order);
    return err;
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
    err = mistakes.count || flow->node_count == 0 ? -EINVAL : VF_OK;
    if (!err)
        err = plan_wired(plan, flow, wiring, &mistakes);
    if (mistakes.failure)
        err = mistakes.failure;
    if (err)
        vf_plan_destroy(plan);
    vf_wiring_destroy(&wiring);
    vf_diagnostics_finish(&mistakes);
    return err;
}

static void finish_task(struct vf_plan_task *task)
{
    if (task->node)
        vf_flow_options_destroy(&task->options, task->node);
    free((void *)task->in_edges);
    free((void *)task->out_edges);
    free(task->is_connected);
    free((void *)task->name);
    free(task->gpu_id);
}

void vf_plan_destroy(struct vf_plan **plan)
{
    struct vf_plan *dead = *plan;
    if (!dead)
        return;
    for (size_t i = 0; i < dead->task_count; i++)
        finish_task(&dead->tasks[i]);
    free(dead->tasks);
    free(dead->edges);
    free(dead->file);
    free(dead);
    *plan = NULL;
}
