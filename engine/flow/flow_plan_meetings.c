/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow_plan_meetings.h"

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
    struct span *spans;                /* behind task i, to join j: [j * task_count + i - 1] */
    unsigned *wanted;                  /* depth of each edge of the plan */
};

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

static struct span *span_behind(const struct search *search, size_t join, unsigned task)
{
    return &search->spans[join * search->plan->task_count + task - 1];
}

/* Returns what fits behind the queue of `edge`, up to a join, as far as one stream leads there. */
static struct span measure(const struct search *search, const struct vf_plan_edge *edge,
                           size_t join)
{
    const struct vf_plan_task *receiver = &search->plan->tasks[edge->receiver - 1];
    struct span span = {0};
    if (receiver == search->joins[join])
        return (struct span){.is_there = true};
    if (receiver->out_count == 0 || receiver->out_edges[0]->origin_stream != edge->origin_stream)
        return span;
    span = *span_behind(search, join, edge->receiver);
    span.least = at_most(span.least + 1 + receiver->node->holds, MAX_DEPTH);
    span.most = at_most(span.most + 1 + receiver->node->holds, MAX_DEPTH);
    return span;
}

/* Sets what fits between `task` and every join, from its edges and what is known behind them. */
static void extend_spans(struct search *search, const struct vf_plan_task *task)
{
    for (size_t join = 0; join < search->join_count; join++) {
        struct span *span = span_behind(search, join, task->id);
        for (size_t i = 0; i < task->out_count; i++) {
            struct span rest = measure(search, task->out_edges[i], join);
            if (!rest.is_there)
                continue;
            rest.least = at_most(rest.least + task->out_edges[i]->depth, MAX_DEPTH);
            rest.most = at_most(rest.most + task->out_edges[i]->depth, MAX_DEPTH);
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

/* Puts two edges that lead to one join into one group, and asks of each to hold what the other
 * does. */
static void meet(struct search *search, const struct vf_plan_task *task, size_t join,
                 const struct vf_plan_edge *a, const struct vf_plan_edge *b)
{
    struct span behind_a = measure(search, a, join), behind_b = measure(search, b, join);
    if (a->group != b->group)
        merge_groups(search, task, a->group, b->group);
    unsigned all_a = at_most(a->depth + behind_a.most, MAX_DEPTH);
    unsigned all_b = at_most(b->depth + behind_b.most, MAX_DEPTH);
    if (all_b > search->wanted[a->id] + behind_a.least)
        search->wanted[a->id] = all_b - behind_a.least;
    if (all_a > search->wanted[b->id] + behind_b.least)
        search->wanted[b->id] = all_a - behind_b.least;
}

/* Compares edge number `first` with those behind it that lead to `join`, if it does itself. */
static void compare_branches(struct search *search, const struct vf_plan_task *task, size_t join,
                             size_t first)
{
    const struct vf_plan_edge *a = task->out_edges[first];
    if (!measure(search, a, join).is_there)
        return;
    for (size_t i = first + 1; i < task->out_count; i++) {
        const struct vf_plan_edge *b = task->out_edges[i];
        if (a->sender_port == b->sender_port && measure(search, b, join).is_there)
            meet(search, task, join, a, b);
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
    /* Children first, so that what is behind a fork is final when the fork is looked at. */
    for (size_t i = plan->task_count; i-- > 0;) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; j < task->out_count; j++)
            plan->edges[task->out_edges[j]->id].group = (unsigned)(task->out_count + j);
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
