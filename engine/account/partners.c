/* SPDX-License-Identifier: MIT */
#include "engine/account/partners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/edge/page/task_page.h"

/* The way that the messages of one input have come, from where their numbers were given. */
struct way {
    bool *tasks, *edges; /* by id - 1, and by id */
    bool is_known;       /* every task on it answers what it is given, and counts that */
};

struct search {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    const bool *is_whole;
    const struct vf_plan_task *task;
    struct way *ways; /* by input */
};

/* Numbers of liars may be of any size. */
static uint64_t add(uint64_t one, uint64_t other)
{
    return one > UINT64_MAX - other ? UINT64_MAX : one + other;
}

static uint64_t less(uint64_t one, uint64_t other)
{
    return one > other ? one - other : 0;
}

bool vf_partners_are_none(const struct vf_plan_task *task)
{
    for (size_t i = 1; i < task->in_count; i++) {
        if (task->in_edges[i]->input != task->in_edges[0]->input)
            return false;
    }
    return true;
}

static bool joins_by_origin(const struct vf_plan_task *task)
{
    return task->join == VF_JOIN_ORIGIN && task->node->takes == VF_TAKES_JOINED;
}

static bool gives_numbers(const struct vf_plan_task *task)
{
    return task->in_count == 0 || task->latest.has_ticks;
}

/* Whether what a task lacks on any input is what it cannot answer. */
static bool answers_what_it_is_given(const struct vf_plan_task *task)
{
    return vf_partners_are_none(task) || (joins_by_origin(task) && !task->node->takes_gaps);
}

/* Whether a port is counted alone, with one message at most for an input. */
static bool is_counted(const struct vf_plan_task *task, unsigned port)
{
    const struct vf_port_list *ports = &task->node->outputs;
    return !vf_node_may_split(task->node, port) &&
           (port < VF_PAGE_PORTS - 1 || ports->count <= VF_PAGE_PORTS);
}

static void follow(const struct search *search, struct way *way, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *sender = vf_plan_sender(search->plan, edge);
    bool is_start = gives_numbers(sender);
    way->edges[edge->id] = true;
    way->tasks[sender->id - 1] = true;
    if (!search->is_whole[sender->id - 1] || vf_run_memory_is_lost(search->memory, sender->id) ||
        (!is_start && !(answers_what_it_is_given(sender) && is_counted(sender, edge->sender_port))))
        way->is_known = false;
}

/* Children first: marks what the messages of an input have come by. */
static int find_way(const struct search *search, unsigned input, struct way *way)
{
    const struct vf_plan *plan = search->plan;
    const struct vf_plan_task *join = search->task;
    way->tasks = calloc(plan->task_count + 1, sizeof(bool));
    way->edges = calloc(plan->edge_count + 1, sizeof(bool));
    way->is_known = true;
    if (!way->tasks || !way->edges)
        return -ENOMEM;
    for (size_t i = 0; i < join->in_count; i++) {
        if (join->in_edges[i]->input == input)
            follow(search, way, join->in_edges[i]);
    }
    for (size_t i = join->id - 1; i-- > 0;) {
        const struct vf_plan_task *task = &plan->tasks[i];
        bool is_passed = way->tasks[i] && !gives_numbers(task) && answers_what_it_is_given(task);
        for (size_t j = 0; is_passed && j < task->in_count; j++)
            follow(search, way, task->in_edges[j]);
    }
    return VF_OK;
}

static bool sends_on(const struct vf_plan_task *task, const struct way *way, unsigned port)
{
    for (size_t i = 0; i < task->out_count; i++) {
        if (task->out_edges[i]->sender_port == port && way->edges[task->out_edges[i]->id])
            return true;
    }
    return false;
}

/* What a task may have left out of `port` beyond what it left out of `other`, and what it may have said
 * twice. */
static uint64_t count_lacking(const struct search *search, const struct vf_plan_task *task,
                              const struct way *other, unsigned port)
{
    struct vf_task_account account = vf_ledger_task(search->memory, task->id);
    const struct vf_task_page *page = vf_run_memory_page(search->memory, task->id);
    uint64_t silent = add(account.filtered, account.failed);
    uint64_t missing = less(account.inputs, vf_page_load(&page->emitted[port]));
    return sends_on(task, other, port) ? 0 : silent > missing ? silent : missing;
}

static uint64_t count_repeated(const struct search *search, const struct vf_plan_task *task,
                               unsigned port)
{
    const struct vf_task_page *page = vf_run_memory_page(search->memory, task->id);
    return less(vf_page_load(&page->emitted[port]),
                vf_ledger_task(search->memory, task->id).answered);
}

/* The most that an input of `way` can lack of what came by `other`. */
static uint64_t find_lacking(const struct search *search, const struct way *way,
                             const struct way *other)
{
    const struct vf_plan *plan = search->plan;
    uint64_t lacking = way->is_known ? 0 : UINT64_MAX;
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (!way->edges[i] || other->edges[i])
            continue;
        struct vf_edge_account edge = vf_ledger_edge(search->memory, &plan->edges[i]);
        lacking = add(lacking, add(edge.dropped_newest, edge.refused));
        lacking = add(lacking, add(edge.dropped_oldest, edge.unread));
    }
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (unsigned port = 0; way->tasks[i] && !gives_numbers(task) && port < VF_PAGE_PORTS;
             port++) {
            if (sends_on(task, way, port))
                lacking = add(lacking, count_lacking(search, task, other, port));
        }
    }
    return lacking;
}

/* The most that can have come by a way with an origin that had come before. */
static uint64_t find_repeated(const struct search *search, const struct way *way)
{
    uint64_t repeated = way->is_known ? 0 : UINT64_MAX;
    for (size_t i = 0; i < search->plan->task_count; i++) {
        const struct vf_plan_task *task = &search->plan->tasks[i];
        for (unsigned port = 0; way->tasks[i] && !gives_numbers(task) && port < VF_PAGE_PORTS;
             port++) {
            if (sends_on(task, way, port))
                repeated = add(repeated, count_repeated(search, task, port));
        }
    }
    return repeated;
}

/* Adds the names of all that the messages of all inputs have come by, and of who joins them. */
static void name_tasks(const struct search *search, struct vf_text *names)
{
    for (size_t i = 0; i < search->plan->task_count; i++) {
        bool is_met = false;
        for (unsigned input = 0; input < search->task->input_count; input++)
            is_met |= search->ways[input].tasks && search->ways[input].tasks[i];
        if (is_met)
            vf_text_print(names, "%s, ", search->plan->tasks[i].name);
    }
    vf_text_print(names, "%s", search->task->name);
}

static bool lacks_nothing(const struct search *search)
{
    for (size_t i = 0; i < search->task->in_count; i++) {
        if (vf_ledger_edge(search->memory, search->task->in_edges[i]).unmatched)
            return false;
    }
    return true;
}

static bool has_changed(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (plan->edges[i].is_added || plan->edges[i].is_leaving || plan->edges[i].is_abandoned)
            return true;
    }
    return false;
}

static void judge(const struct search *search, const struct vf_plan_edge *edge,
                  struct vf_partners *partners)
{
    const struct way *way = &search->ways[edge->input];
    uint64_t unmatched = 0, lacking = find_repeated(search, way);
    for (size_t i = 0; i < search->task->in_count; i++) {
        const struct vf_plan_edge *lane = search->task->in_edges[i];
        if (lane->input == edge->input)
            unmatched = add(unmatched, vf_ledger_edge(search->memory, lane).unmatched);
    }
    for (unsigned input = 0; input < search->task->input_count && unmatched > lacking; input++) {
        const struct way *other = &search->ways[input];
        if (input != edge->input && other->tasks)
            lacking = add(lacking, find_lacking(search, other, way));
    }
    if (unmatched <= lacking)
        return;
    partners->edge = edge;
    partners->unmatched = unmatched;
    partners->lacking = lacking;
    name_tasks(search, &partners->tasks);
}

int vf_partners_check(const struct vf_plan *plan, const struct vf_run_memory *memory,
                      const bool *is_whole, const struct vf_plan_task *task,
                      struct vf_partners *partners)
{
    struct search search = {.plan = plan, .memory = memory, .is_whole = is_whole, .task = task};
    int err = VF_OK;
    *partners = (struct vf_partners){0};
    if (!joins_by_origin(task) || task->node->looks_ahead || vf_partners_are_none(task) ||
        !is_whole[task->id - 1] || lacks_nothing(&search) || has_changed(plan))
        return VF_OK;
    search.ways = calloc(task->input_count + 1, sizeof(*search.ways));
    if (!search.ways)
        return -ENOMEM;
    for (size_t i = 0; i < task->in_count && !err; i++) {
        struct way *way = &search.ways[task->in_edges[i]->input];
        if (!way->tasks)
            err = find_way(&search, task->in_edges[i]->input, way);
    }
    for (size_t i = 0; i < task->in_count && !err && !partners->edge; i++)
        judge(&search, task->in_edges[i], partners);
    for (unsigned input = 0; input < task->input_count; input++) {
        free(search.ways[input].tasks);
        free(search.ways[input].edges);
    }
    free(search.ways);
    return err;
}
