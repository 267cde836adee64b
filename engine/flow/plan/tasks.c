/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/flow/graph/graph.h"
#include "engine/flow/graph/options.h"
#include "engine/flow/plan/depth.h"
#include "engine/flow/plan/group.h"
#include "engine/flow/plan/mark.h"
#include "engine/node/gather_node.h"

#define GATHER_DEPTH 1 /* between gathering and replicas: what is asked for waits in front */

/* The tasks of one unit. */
struct crew {
    unsigned first, count; /* the replicas, or the only task */
    unsigned gather;       /* the task in front of them; 0: none */
};

struct planner {
    struct vf_plan *plan;
    const struct vf_units *units;
    const struct vf_streams *streams;
    struct vf_diagnostics *mistakes;
    struct crew *crews; /* of each unit */
    size_t *order;      /* units, parents first */
    unsigned *spreads;  /* of each task: how many it has */
};

static size_t first_link(const struct planner *planner, size_t unit)
{
    return planner->units->graph.first_links[unit];
}

/* Returns the task after the last one, with its name, which it takes. */
static struct vf_plan_task *add_task(struct planner *planner, size_t unit, char *name)
{
    const struct vf_units *units = planner->units;
    struct vf_plan *plan = planner->plan;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!name)
        return NULL;
    struct vf_plan_task *task = &plan->tasks[plan->task_count++];
    task->id = (unsigned)plan->task_count;
    task->name = name;
    task->host = units->flow->nodes[units->items[unit].members[0]].host;
    task->threads = cores > 0 ? (unsigned)cores : 1;
    task->replica_count = 1;
    return task;
}

/* Sets how the first task of a unit puts its inputs together. A group joins as the one member
 * that it enters does; where it enters several, all it gets is of one stream. */
static void set_join(const struct planner *planner, size_t unit, struct vf_plan_task *task)
{
    const struct vf_units *units = planner->units;
    size_t first = first_link(planner, unit), end = first_link(planner, unit + 1);
    size_t entered = VF_NO_NODE;
    bool has_one_entry = true;
    if (end == first)
        return;
    for (size_t i = 0; i < units->nodes->link_count; i++) {
        const struct vf_link *link = &units->nodes->links[i];
        if (units->of_node[link->reader] != unit || units->of_node[link->sender] == unit)
            continue;
        has_one_entry &= entered == VF_NO_NODE || entered == link->reader;
        entered = link->reader;
    }
    if (end - first == 1 && (units->items[unit].is_group ||
                             vf_streams_choose_join(planner->streams, entered).by == VF_JOIN_NONE))
        return;
    task->join = VF_JOIN_ORIGIN;
    if (!has_one_entry)
        return;
    const struct vf_join_wish *wish = &units->flow->nodes[entered].keys.join;
    task->join = vf_streams_choose_join(planner->streams, entered).by;
    task->tolerance_ns = wish->tolerance_ns;
    task->missing = wish->missing;
    task->end = wish->end;
    task->latest = vf_streams_latest(planner->streams, entered);
}

/* A task that gathers for replicas recovers as they do. */
static void set_recovery(const struct planner *planner, size_t unit, const struct vf_node *node,
                         struct vf_plan_task *task)
{
    const struct vf_flow *flow = planner->units->flow;
    task->recovery = vf_recovery_settle(&vf_unit_keys(planner->units, unit)->recovery,
                                        flow->recovery.restart, node);
}

static void set_gpu(const struct vf_node_keys *keys, struct vf_plan_task *task)
{
    task->gpu = keys->gpu.request;
    task->gpu_number = keys->gpu.number;
    task->gpu_is_needed = keys->gpu_fallback == VF_GPU_FALLBACK_FAIL;
}

static int add_sandbox_paths(struct vf_plan_sandbox *sandbox, const struct vf_option_texts *paths)
{
    size_t room = sandbox->path_count + paths->count + 1;
    char **all = realloc(sandbox->paths, room * sizeof(*all));
    if (!all)
        return -ENOMEM;
    sandbox->paths = all;
    for (size_t i = 0; i < paths->count; i++) {
        all[sandbox->path_count] = strdup(paths->items[i]);
        if (!all[sandbox->path_count])
            return -ENOMEM;
        sandbox->path_count++;
    }
    return VF_OK;
}

/* A task may do what any of its members may; of what they say of the sandbox, the weakest counts. It is as
 * private as any of them. */
static int set_sandbox(const struct planner *planner, size_t unit, struct vf_plan_task *task)
{
    const struct vf_units *units = planner->units;
    const struct vf_flow *flow = units->flow;
    struct vf_plan_sandbox *sandbox = &task->sandbox;
    enum vf_sandbox_wish by_flow = flow->sandbox ? flow->sandbox : VF_SANDBOX_ON;
    int err = VF_OK;
    sandbox->wish = VF_SANDBOX_REQUIRE;
    for (size_t i = 0; i < units->items[unit].member_count && !err; i++) {
        const struct vf_node_keys *keys = &flow->nodes[units->items[unit].members[i]].keys;
        enum vf_sandbox_wish own = keys->sandbox ? keys->sandbox : by_flow;
        if (own == VF_SANDBOX_OFF || flow->is_sandbox_forced)
            sandbox->wish = VF_SANDBOX_OFF;
        else if (own == VF_SANDBOX_ON && sandbox->wish == VF_SANDBOX_REQUIRE)
            sandbox->wish = VF_SANDBOX_ON;
        sandbox->has_network |= keys->has_network;
        task->is_private |= keys->is_private;
        err = add_sandbox_paths(sandbox, &keys->paths);
    }
    return err;
}

/* Members of a group see what those before them have seen. */
static void set_warm_up(const struct planner *planner, size_t unit, struct vf_plan_task *task)
{
    const struct vf_units *units = planner->units;
    for (size_t i = 0; i < units->items[unit].member_count && task->warm_up >= 0; i++) {
        size_t node = units->items[unit].members[i];
        int64_t said = units->flow->nodes[node].keys.warm_up;
        bool is_unknown = said < 0 && units->nodes->types[node]->is_stateful;
        task->warm_up = is_unknown ? -1 : task->warm_up + (said > 0 ? said : 0);
    }
}

/* Says what a task runs: the unit's node with options of its own, or its group. */
static int set_node(const struct planner *planner, size_t unit, const struct vf_group *group,
                    struct vf_plan_task *task)
{
    const struct vf_units *units = planner->units;
    size_t node = units->items[unit].members[0];
    for (size_t i = 0; i < units->items[unit].member_count; i++)
        task->mark = vf_mark_add(task->mark, &units->flow->nodes[units->items[unit].members[i]]);
    if (group) {
        task->group = group;
        task->node = vf_group_node(group);
        task->options = (void *)(uintptr_t)group;
        return VF_OK;
    }
    task->node = units->nodes->types[node];
    set_gpu(&units->flow->nodes[node].keys, task);
    return vf_flow_options_create(&task->options, &units->flow->nodes[node], task->node,
                                  planner->mistakes);
}

/* How many elements the inputs of a unit have, connected or not. */
static unsigned count_elements(const struct planner *planner, size_t unit)
{
    size_t first = first_link(planner, unit), end = first_link(planner, unit + 1);
    return first < end ? planner->units->graph.links[end - 1].element + 1 : 0;
}

static int add_gather(struct planner *planner, size_t unit, const struct vf_node *node)
{
    struct vf_plan *plan = planner->plan;
    const char *name = planner->units->items[unit].name;
    struct vf_plan_task *task = add_task(planner, unit, vf_text_format("%s.gather", name));
    if (!task)
        return -ENOMEM;
    set_join(planner, unit, task);
    planner->crews[unit].gather = task->id;
    struct vf_node **gather = &plan->gathers[plan->gather_count];
    int err = vf_gather_node_create(gather, node, count_elements(planner, unit));
    if (err)
        return err;
    plan->gather_count++;
    task->node = *gather;
    task->is_gather = true;
    set_recovery(planner, unit, node, task);
    return set_sandbox(planner, unit, task);
}

static int add_replicas(struct planner *planner, size_t unit, const struct vf_group *group,
                        unsigned count)
{
    const char *name = planner->units->items[unit].name;
    planner->crews[unit].first = (unsigned)planner->plan->task_count + 1;
    planner->crews[unit].count = count;
    for (unsigned i = 1; i <= count; i++) {
        char *own_name = count > 1 ? vf_text_format("%s.%u", name, i) : strdup(name);
        struct vf_plan_task *task = add_task(planner, unit, own_name);
        int err = task ? set_node(planner, unit, group, task) : -ENOMEM;
        if (!err)
            err = set_sandbox(planner, unit, task);
        if (err)
            return err;
        set_recovery(planner, unit, task->node, task);
        set_warm_up(planner, unit, task);
        task->replica = count > 1 ? i : 0;
        task->replica_count = count;
        if (!planner->crews[unit].gather)
            set_join(planner, unit, task);
        else if (first_link(planner, unit + 1) - first_link(planner, unit) > 1)
            task->join = VF_JOIN_ORDER; /* complete inputs come from the gathering task */
    }
    return VF_OK;
}

static int add_unit(struct planner *planner, size_t unit)
{
    struct vf_plan *plan = planner->plan;
    const struct vf_units *units = planner->units;
    const struct vf_node *node = units->nodes->types[units->items[unit].members[0]];
    const struct vf_group *group = NULL;
    int replicas = vf_unit_keys(units, unit)->replicas;
    if (units->items[unit].is_group) {
        struct vf_group **made = &plan->groups[plan->group_count];
        int err = vf_plan_make_group(made, units, unit, planner->mistakes);
        if (err)
            return err;
        plan->group_count++;
        group = *made;
        node = vf_group_node(group);
    }
    if (vf_unit_needs_gather(units, unit)) {
        int err = add_gather(planner, unit, node);
        if (err)
            return err;
    }
    return add_replicas(planner, unit, group, replicas > 1 ? (unsigned)replicas : 1);
}

/* What a join by latest gets is to be new. Who hears of the run holds up nobody. */
static enum vf_drop_policy choose_drop(const struct vf_flow *flow,
                                       const struct vf_flow_input *input, bool is_latest,
                                       bool hears_run)
{
    enum vf_drop_policy asked = input->drop != VF_DROP_BY_MODE ? input->drop : flow->drop;
    if (flow->mode == VF_MODE_BATCH || (hears_run && input->drop == VF_DROP_BY_MODE))
        return VF_DROP_NEVER;
    if (asked != VF_DROP_BY_MODE)
        return asked;
    return is_latest ? VF_DROP_OLDEST : VF_DROP_NEWEST;
}

static enum vf_wire_form choose_wire(const struct vf_flow *flow, const struct vf_flow_input *input)
{
    enum vf_wire_form asked = input->wire != VF_WIRE_BY_DEFAULT ? input->wire : flow->wire;
    return asked != VF_WIRE_BY_DEFAULT ? asked : VF_WIRE_RAW;
}

static int add_edge(struct planner *planner, struct vf_plan_edge edge)
{
    struct vf_plan *plan = planner->plan;
    size_t count = plan->edge_count;
    bool is_full = (count & (count - 1)) == 0; /* room for powers of two */
    if (is_full) {
        struct vf_plan_edge *edges = realloc(plan->edges, (count ? 2 * count : 1) * sizeof(*edges));
        if (!edges)
            return -ENOMEM;
        plan->edges = edges;
    }
    edge.id = (unsigned)count;
    edge.asked_depth = edge.depth;
    plan->edges[plan->edge_count++] = edge;
    return VF_OK;
}

static size_t number_of(const struct planner *planner, const struct vf_link *link)
{
    return (size_t)(link - planner->units->graph.links);
}

/* Adds the edges of one link to `receiver`: one, or one from each replica. What replicas have
 * made is never dropped: that happens where it is spread. */
static int add_link_edges(struct planner *planner, const struct vf_link *link, unsigned receiver)
{
    const struct vf_flow *flow = planner->units->flow;
    const struct crew *senders = &planner->crews[link->sender];
    bool is_replicated = senders->count > 1;
    bool is_latest = planner->plan->tasks[receiver - 1].join == VF_JOIN_LATEST;
    bool hears_run = vf_plan_task_hears_run(&planner->plan->tasks[senders->first - 1]);
    struct vf_plan_edge edge = {
        .sender_port = link->sender_port,
        .receiver = receiver,
        .input = link->element,
        .input_port = link->port,
        .link = number_of(planner, link),
        .drop =
            is_replicated ? VF_DROP_NEVER : choose_drop(flow, link->input, is_latest, hears_run),
        .wire = choose_wire(flow, link->input),
        .delay_ns = link->input->delay_ns,
        .is_unordered = is_replicated && !vf_unit_keys(planner->units, link->sender)->is_ordered,
    };
    int err = VF_OK;
    vf_plan_choose_depth(planner->units, link, &edge);
    for (unsigned i = 0; i < senders->count && !err; i++) {
        edge.sender = senders->first + i;
        err = add_edge(planner, edge);
    }
    return err;
}

/* Adds the edges by which the sender of `link`, a task by itself, spreads over the replicas. */
static int add_direct_lanes(struct planner *planner, const struct vf_link *link,
                            const struct crew *crew)
{
    const struct vf_flow *flow = planner->units->flow;
    unsigned sender = planner->crews[link->sender].first;
    unsigned spread = ++planner->spreads[sender];
    struct vf_plan_edge edge = {
        .sender = sender,
        .sender_port = link->sender_port,
        .input = link->element,
        .input_port = link->port,
        .link = number_of(planner, link),
        .drop = choose_drop(flow, link->input, false, false),
        .wire = choose_wire(flow, link->input),
        .delay_ns = link->input->delay_ns,
        .spread = spread,
    };
    int err = VF_OK;
    vf_plan_choose_depth(planner->units, link, &edge);
    for (edge.lane = 0; edge.lane < crew->count && !err; edge.lane++) {
        edge.receiver = crew->first + edge.lane;
        err = add_edge(planner, edge);
    }
    return err;
}

/* Adds the edges from the gathering task to the replicas. It waits for them, so whatever has to be
 * dropped is dropped before it is gathered. */
static int add_gathered_lanes(struct planner *planner, size_t unit)
{
    const struct crew crew = planner->crews[unit];
    int err = VF_OK;
    for (unsigned lane = 0; lane < crew.count; lane++) {
        for (size_t i = first_link(planner, unit); i < first_link(planner, unit + 1) && !err; i++) {
            const struct vf_link *link = &planner->units->graph.links[i];
            err = add_edge(planner, (struct vf_plan_edge){
                                        .sender = crew.gather,
                                        .sender_port = link->element,
                                        .receiver = crew.first + lane,
                                        .input = link->element,
                                        .input_port = link->port,
                                        .link = i,
                                        .depth = GATHER_DEPTH,
                                        .drop = VF_DROP_NEVER,
                                        .wire = choose_wire(planner->units->flow, link->input),
                                        .spread = 1,
                                        .lane = lane,
                                    });
        }
    }
    return err;
}

static int add_unit_edges(struct planner *planner, size_t unit)
{
    const struct crew crew = planner->crews[unit];
    const struct vf_link *links = planner->units->graph.links;
    size_t first = first_link(planner, unit), end = first_link(planner, unit + 1);
    int err = VF_OK;
    if (crew.count > 1 && !crew.gather)
        return add_direct_lanes(planner, &links[first], &crew);
    for (size_t i = first; i < end && !err; i++)
        err = add_link_edges(planner, &links[i], crew.gather ? crew.gather : crew.first);
    if (!err && crew.gather)
        err = add_gathered_lanes(planner, unit);
    return err;
}

static int make_tasks(struct planner *planner)
{
    int err = VF_OK;
    for (size_t i = 0; i < planner->units->count && !err; i++)
        err = add_unit(planner, planner->order[i]);
    for (size_t i = 0; i < planner->units->count && !err; i++)
        err = add_unit_edges(planner, planner->order[i]);
    return err;
}

int vf_plan_make_tasks(struct vf_plan *plan, const struct vf_units *units,
                       const struct vf_streams *streams, struct vf_diagnostics *mistakes)
{
    struct planner planner = {
        .plan = plan, .units = units, .streams = streams, .mistakes = mistakes};
    size_t count = vf_units_count_tasks(units);
    int err = vf_graph_sort(&units->graph, &planner.order);
    if (err)
        return err;
    plan->tasks = calloc(count + 1, sizeof(*plan->tasks));
    plan->groups = calloc(units->count + 1, sizeof(struct vf_group *));
    plan->gathers = calloc(units->count + 1, sizeof(struct vf_node *));
    planner.crews = calloc(units->count + 1, sizeof(*planner.crews));
    planner.spreads = calloc(count + 1, sizeof(*planner.spreads));
    if (plan->tasks && plan->groups && plan->gathers && planner.crews && planner.spreads)
        err = make_tasks(&planner);
    else
        err = -ENOMEM;
    free(planner.crews);
    free(planner.spreads);
    free(planner.order);
    return err;
}
