/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS 8192
#define SPARE_CELLS 4    /* for gaps and the end, which need no room */
#define SPARE_PAYLOADS 2 /* the one being made, and the one being sent */

/* How many messages of an edge may be unreleased where it leads to: waiting, in work and kept. */
static unsigned count_places(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    bool keeps_last = (receiver->join == VF_JOIN_TIME && receiver->missing == VF_MISSING_LAST) ||
                      receiver->join == VF_JOIN_LATEST;
    return edge->depth + 1 + vf_node_held(receiver->node) + receiver->node->lingers + keeps_last;
}

/* Counts the places of all edges that `task` leads to, each once: what it has sent may have been
 * sent on from task to task, but is in no more places than there are. */
static unsigned count_places_behind(const struct vf_plan *plan, const struct vf_plan_task *task,
                                    bool *is_seen)
{
    unsigned count = 0;
    is_seen[task->id - 1] = true;
    for (size_t i = 0; i < task->out_count && count < MAX_CELLS; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        count += count_places(plan, edge);
        if (!is_seen[edge->receiver - 1])
            count += count_places_behind(plan, vf_plan_receiver(plan, edge), is_seen);
    }
    return count < MAX_CELLS ? count : MAX_CELLS;
}

int vf_plan_count_cells(struct vf_plan *plan)
{
    bool *is_seen = calloc(plan->task_count + 1, sizeof(*is_seen));
    if (!is_seen)
        return -ENOMEM;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        memset(is_seen, 0, plan->task_count * sizeof(*is_seen));
        unsigned behind = count_places_behind(plan, task, is_seen);
        for (size_t j = 0; j < task->in_count; j++) {
            struct vf_plan_edge *edge = &plan->edges[task->in_edges[j]->id];
            unsigned cells = count_places(plan, edge) + behind;
            edge->cells = (cells < MAX_CELLS ? cells : MAX_CELLS) + SPARE_CELLS;
        }
    }
    free(is_seen);
    return VF_OK;
}

/* Returns whether what comes in at `input` may leave by `output` as it is. */
static bool may_forward(const struct vf_plan_task *task, unsigned input, size_t output)
{
    const struct vf_forecast *forecast = &task->forecasts[output];
    return forecast->forwards ? forecast->forwards == input + 1 : !forecast->is_known;
}

/* Counts the places that payloads sent by one output may be in, each once. */
static unsigned count_places_of(const struct vf_plan *plan, const struct vf_plan_task *task,
                                size_t output, bool *is_counted)
{
    unsigned count = 0;
    for (size_t i = 0; i < task->out_count && count < MAX_CELLS; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
        if (edge->sender_port != output || is_counted[edge->id])
            continue;
        is_counted[edge->id] = true;
        count += count_places(plan, edge);
        for (size_t j = 0; j < receiver->node->outputs.count; j++) {
            if (may_forward(receiver, edge->input, j))
                count += count_places_of(plan, receiver, j, is_counted);
        }
    }
    return count < MAX_CELLS ? count : MAX_CELLS;
}

static bool is_read(const struct vf_plan_task *task, size_t output)
{
    for (size_t i = 0; i < task->out_count; i++) {
        if (task->out_edges[i]->sender_port == output)
            return true;
    }
    return false;
}

/* Adds places for payloads of `size` bytes to the pools of a task. Kinds of the same size share a
 * pool, and so do all beyond the last; kinds of unknown size will hardly be of the same. */
static void add_pool(struct vf_plan_task *task, size_t size, unsigned count)
{
    size_t i = 0, place = vf_arena_place_size(size);
    while (i < task->pool_count &&
           (!size || !task->pools[i].size || vf_arena_place_size(task->pools[i].size) != place))
        i++;
    if (i == VF_ARENA_POOLS)
        i--;
    struct vf_arena_pool *pool = &task->pools[i];
    if (i == task->pool_count)
        task->pool_count++;
    pool->count += count;
    if (size > pool->size)
        pool->size = size;
}

/* Adds what a task needs for one kind of payload. Where none is expected, there is room all the
 * same for what may come against the forecast. */
static void add_kind(struct vf_plan_task *task, const struct vf_forecast *forecast, unsigned count)
{
    bool is_expected = !forecast->forwards && !(forecast->is_known && !forecast->payload_bytes);
    bool is_sized = is_expected && forecast->is_known;
    add_pool(task, is_sized ? forecast->payload_bytes : 0, count);
    if (is_expected)
        task->payloads += count;
    if (is_expected && !is_sized && forecast->type != VF_VALUE_JSON)
        task->is_memory_known = false;
}

static void size_node(const struct vf_plan *plan, struct vf_plan_task *task, bool *is_counted)
{
    unsigned keeps = task->keeps;
    for (size_t i = 0; i < task->node->outputs.count; i++) {
        if (i > 0 && !is_read(task, i))
            continue;
        memset(is_counted, 0, plan->edge_count * sizeof(*is_counted));
        unsigned places = count_places_of(plan, task, i, is_counted);
        add_kind(task, &task->forecasts[i], places + keeps + SPARE_PAYLOADS);
        keeps = 0; /* what a node keeps is of the first kind */
    }
}

static void size_group(const struct vf_plan *plan, struct vf_plan_task *task, bool *is_counted)
{
    for (size_t i = 0; i < task->making_count; i++) {
        const struct vf_group_making *making = &task->makings[i];
        unsigned places = 0;
        memset(is_counted, 0, plan->edge_count * sizeof(*is_counted));
        for (size_t j = 0; j < task->node->outputs.count; j++) {
            if (making->is_brought[j] || making->forecast.forwards)
                places += count_places_of(plan, task, j, is_counted);
        }
        add_kind(task, &making->forecast, places + making->keeps + SPARE_PAYLOADS);
    }
}

static void size_task(const struct vf_plan *plan, struct vf_plan_task *task, bool *is_counted)
{
    memset(task->pools, 0, sizeof(task->pools));
    task->pool_count = 0;
    task->payloads = 0;
    task->memory = 0;
    task->is_memory_known = true;
    if (!vf_plan_task_sends(task))
        return;
    if (task->making_count)
        size_group(plan, task, is_counted);
    else
        size_node(plan, task, is_counted);
    for (size_t i = 0; i < task->pool_count; i++) {
        const struct vf_arena_pool *pool = &task->pools[i];
        if (pool->size)
            task->memory += (uint64_t)pool->count * vf_arena_place_size(pool->size);
    }
}

int vf_plan_size_memory(struct vf_plan *plan)
{
    bool *is_counted = calloc(plan->edge_count + 1, sizeof(*is_counted));
    if (!is_counted)
        return -ENOMEM;
    plan->memory = 0;
    plan->is_memory_known = true;
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        size_task(plan, task, is_counted);
        if (!vf_plan_is_here(plan, task))
            continue;
        plan->memory += task->memory;
        plan->is_memory_known &= task->is_memory_known;
    }
    free(is_counted);
    return VF_OK;
}
