/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/meetings.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_DEPTH 8192

/* How many messages fit between a task and a join, along the shortest and the longest way. */
struct span {
    bool is_there;
    unsigned least, most;
};

struct search {
    struct vf_plan *plan;
    size_t join_count;
    const struct vf_plan_task **joins; /* by origin */
    struct span *spans;                /* between task i and join j: [j * task_count + i - 1] */
    unsigned *wanted;                  /* depth of each edge of the plan */
};

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

/* Replicas do the work of one task: what each holds counts for all of them together. */
static unsigned count_lanes(const struct search *search, const struct vf_plan_edge *edge)
{
    unsigned senders = vf_plan_sender(search->plan, edge)->replica_count;
    unsigned receivers = vf_plan_receiver(search->plan, edge)->replica_count;
    return senders > receivers ? senders : receivers;
}

static struct span *span_behind(const struct search *search, size_t join, unsigned task)
{
    return &search->spans[join * search->plan->task_count + task - 1];
}

/* Returns whether a task sends on what has the numbers of a stream. */
static bool passes_on(const struct vf_plan_task *task, uint32_t stream)
{
    for (size_t i = 0; i < task->out_count; i++) {
        if (task->out_edges[i]->origin_stream == stream)
            return true;
    }
    return false;
}

/* Returns what fits downstream of the queue of `edge`, up to a join, as far as one stream leads
 * there. */
static struct span measure(const struct search *search, const struct vf_plan_edge *edge,
                           size_t join)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(search->plan, edge);
    struct span span = {0};
    if (receiver == search->joins[join])
        return (struct span){.is_there = true};
    bool is_of_stream = search->joins[join]->in_edges[0]->origin_stream == edge->origin_stream;
    if (!is_of_stream || !passes_on(receiver, edge->origin_stream))
        return span;
    span = *span_behind(search, join, edge->receiver);
    unsigned held = receiver->replica_count * (1 + vf_node_held(receiver->node));
    span.least = at_most(span.least + held, MAX_DEPTH);
    span.most = at_most(span.most + held, MAX_DEPTH);
    return span;
}

/* Sets what fits between `task` and every join, from its edges and what is known downstream of
 * them. */
static void extend_spans(struct search *search, const struct vf_plan_task *task)
{
    for (size_t join = 0; join < search->join_count; join++) {
        struct span *span = span_behind(search, join, task->id);
        for (size_t i = 0; i < task->out_count; i++) {
            struct span rest = measure(search, task->out_edges[i], join);
            if (!rest.is_there)
                continue;
            unsigned depth = task->out_edges[i]->depth * count_lanes(search, task->out_edges[i]);
            rest.least = at_most(rest.least + depth, MAX_DEPTH);
            rest.most = at_most(rest.most + depth, MAX_DEPTH);
            if (!span->is_there || rest.least < span->least)
                span->least = rest.least;
            if (rest.most > span->most)
                span->most = rest.most;
            span->is_there = true;
        }
    }
}

static void merge_groups(struct search *search, const struct vf_plan_task *task, unsigned kept,
                         unsigned merged)
{
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_plan_edge *edge = &search->plan->edges[task->out_edges[i]->id];
        if (edge->group == merged)
            edge->group = kept;
    }
}

/* Asks of the branch that begins with `edge`, and holds `least` downstream of it, to hold `all`, as
 * the one that begins with `longer` does. */
static void ask(struct search *search, const struct vf_plan_edge *edge, unsigned least,
                const struct vf_plan_edge *longer, unsigned all)
{
    unsigned lanes = count_lanes(search, edge);
    if (all <= search->wanted[edge->id] * lanes + least)
        return;
    search->wanted[edge->id] = (all - least + lanes - 1) / lanes;
    search->plan->edges[edge->id].longer = longer->id;
    search->plan->edges[edge->id].longer_holds = all;
}

/* Puts two edges that lead to one join into one group, and asks of each to hold what the other
 * does. */
static void meet(struct search *search, const struct vf_plan_task *task, size_t join,
                 const struct vf_plan_edge *a, const struct vf_plan_edge *b)
{
    struct span behind_a = measure(search, a, join), behind_b = measure(search, b, join);
    if (a->group != b->group)
        merge_groups(search, task, a->group, b->group);
    unsigned all_a = at_most(a->depth * count_lanes(search, a) + behind_a.most, MAX_DEPTH);
    unsigned all_b = at_most(b->depth * count_lanes(search, b) + behind_b.most, MAX_DEPTH);
    ask(search, a, behind_a.least, b, all_b);
    ask(search, b, behind_b.least, a, all_a);
}

/* Compares edge number `first` with those after it that lead to `join`, if it does itself. */
static void compare_branches(struct search *search, const struct vf_plan_task *task, size_t join,
                             size_t first)
{
    const struct vf_plan_edge *a = task->out_edges[first];
    if (!measure(search, a, join).is_there)
        return;
    for (size_t i = first + 1; i < task->out_count; i++) {
        const struct vf_plan_edge *b = task->out_edges[i];
        bool is_one_branch = a->spread && a->spread == b->spread;
        if (a->sender_port == b->sender_port && !is_one_branch && measure(search, b, join).is_there)
            meet(search, task, join, a, b);
    }
}

/* Gives every edge a group of its own, but all lanes of one spread the same. */
static void start_groups(struct search *search, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_plan_edge *edge = &search->plan->edges[task->out_edges[i]->id];
        size_t first = i;
        for (size_t j = 0; j < i && edge->spread && first == i; j++)
            first = task->out_edges[j]->spread == edge->spread ? j : i;
        edge->group = (unsigned)(task->out_count + first);
    }
}

/* Numbers the groups of a task from 0, in the order of its edges. */
static void number_groups(struct search *search, const struct vf_plan_task *task)
{
    unsigned next = 0;
    for (size_t i = 0; i < task->out_count; i++) {
        unsigned group = task->out_edges[i]->group;
        if (group < task->out_count)
            continue; /* numbered with an earlier edge */
        merge_groups(search, task, next++, group);
    }
}

static void deepen(struct search *search, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_plan_edge *edge = &search->plan->edges[task->out_edges[i]->id];
        edge->is_deepened = search->wanted[edge->id] > edge->depth;
        edge->depth = search->wanted[edge->id];
    }
}

static void find_meetings(struct search *search)
{
    struct vf_plan *plan = search->plan;
    for (size_t i = 0; i < plan->edge_count; i++)
        search->wanted[i] = plan->edges[i].depth;
    /* Children first, so that what is downstream of a fork is final when the fork is looked at. */
    for (size_t i = plan->task_count; i-- > 0;) {
        const struct vf_plan_task *task = &plan->tasks[i];
        start_groups(search, task);
        for (size_t join = 0; join < search->join_count; join++) {
            for (size_t j = 0; j < task->out_count; j++)
                compare_branches(search, task, join, j);
        }
        number_groups(search, task);
        deepen(search, task);
        extend_spans(search, task);
    }
}

int vf_plan_find_meetings(struct vf_plan *plan)
{
    struct search search = {.plan = plan};
    int err = -ENOMEM;
    search.joins = calloc(plan->task_count + 1, sizeof(const struct vf_plan_task *));
    search.wanted = calloc(plan->edge_count + 1, sizeof(*search.wanted));
    for (size_t i = 0; search.joins && i < plan->task_count; i++) {
        if (plan->tasks[i].join == VF_JOIN_ORIGIN)
            search.joins[search.join_count++] = &plan->tasks[i];
    }
    search.spans = calloc(search.join_count * plan->task_count + 1, sizeof(*search.spans));
    if (search.joins && search.wanted && search.spans) {
        find_meetings(&search);
        err = VF_OK;
    }
    free(search.joins);
    free(search.wanted);
    free(search.spans);
    return err;
}
