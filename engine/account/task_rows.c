/* SPDX-License-Identifier: MIT */
#include "engine/account/task_rows.h"

#include <stdbool.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/account/report.h"
#include "engine/account/wait_graph.h"

/* Adds a value to an object, unless memory has been short before. */
static void add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        (void)json_object_del(object, key); /* whoever reads finds nothing */
}

static void add_count(json_t *object, const char *key, uint64_t count)
{
    add(object, key, json_integer((json_int_t)count));
}

static json_t *describe_histogram(const struct vf_histogram *histogram)
{
    uint64_t counts[VF_HISTOGRAM_CLASSES];
    json_t *classes = json_array();
    vf_histogram_read(histogram, counts);
    for (unsigned i = 0; i < VF_HISTOGRAM_CLASSES; i++) {
        if (counts[i])
            json_array_append_new(classes, json_pack("[iI]", (int)i, (json_int_t)counts[i]));
    }
    return classes;
}

static void add_waits(json_t *row, const struct vf_wait_graph *graph,
                      const struct vf_task_status *status)
{
    json_t *names = json_array();
    for (size_t i = 0; i < status->count; i++)
        json_array_append_new(names,
                              json_string(graph->plan->tasks[status->waits[i].task - 1].name));
    add(row, "activity", json_string(vf_activity_name(status->activity)));
    add(row, "waits", names);
}

/* Counts the data that waits on an edge. */
static uint64_t count_waiting(const struct vf_edge_account *account)
{
    uint64_t gone = account->taken + account->unmatched + account->dropped_oldest;
    return account->published > gone ? account->published - gone : 0;
}

static void add_edges(json_t *row, const struct vf_wait_graph *graph,
                      const struct vf_plan_task *task)
{
    uint64_t dropped = 0, refused = 0, unmatched = 0;
    json_t *queues = json_array();
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_edge_account account = vf_ledger_edge(graph->memory, task->out_edges[i]);
        dropped += account.dropped_newest + account.dropped_oldest;
        refused += account.refused;
    }
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        struct vf_edge_account account = vf_ledger_edge(graph->memory, edge);
        unmatched += account.unmatched;
        if (edge->is_leaving && !count_waiting(&account))
            continue;
        json_array_append_new(queues, json_pack("{ss sI sI}", "from",
                                                vf_plan_sender(graph->plan, edge)->name, "waiting",
                                                (json_int_t)count_waiting(&account), "length",
                                                (json_int_t)edge->depth));
    }
    add_count(row, "dropped", dropped);
    add_count(row, "refused", refused);
    add_count(row, "unmatched", unmatched);
    add(row, "queues", queues);
}

static void add_counts(json_t *row, const struct vf_wait_graph *graph,
                       const struct vf_plan_task *task)
{
    const struct vf_task_page *page = vf_run_memory_page(graph->memory, task->id);
    struct vf_task_figures figures = vf_report_figures(task, graph->memory);
    add(row, "in", figures.has_in ? json_integer((json_int_t)figures.in) : json_null());
    add(row, "out", figures.has_out ? json_integer((json_int_t)figures.out) : json_null());
    add_count(row, "errors", figures.errors);
    add_count(row, "set_aside", vf_ledger_task(graph->memory, task->id).set_aside);
    add_count(row, "restarts", vf_run_memory_restarts(graph->memory, task->id));
    add_count(row, "busy_ns", (uint64_t)atomic_load(&page->busy_ns));
    add_count(row, "waiting_ns", (uint64_t)atomic_load(&page->waiting_ns));
    add_count(row, "blocked_ns", (uint64_t)atomic_load(&page->blocked_ns));
    add(row, "work", describe_histogram(&page->work));
    add(row, "age", describe_histogram(&page->age));
}

static const char *kind_of(const struct vf_plan_task *task)
{
    if (task->node->kind == VF_PRODUCER)
        return "producer";
    return task->node->kind == VF_PROCESSOR ? "processor" : "consumer";
}

static json_t *describe(const struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    const struct vf_task_page *page = vf_run_memory_page(graph->memory, task->id);
    pid_t pid = vf_run_memory_process(graph->memory, task->id);
    struct vf_text node = {0};
    vf_report_print_node_name(&node, task);
    json_t *row = json_pack("{ss ss* ss so ss* ss}", "name", task->name, "node", node.bytes, "kind",
                            kind_of(task), "pid", pid ? json_integer(pid) : json_null(), "gpu",
                            task->gpu_id, "state",
                            vf_wait_graph_state_name(atomic_load(&page->state),
                                                     graph->statuses[task->id - 1].activity));
    vf_text_finish(&node);
    if (!row)
        return NULL;
    add_waits(row, graph, &graph->statuses[task->id - 1]);
    add_counts(row, graph, task);
    add_edges(row, graph, task);
    return row;
}

json_t *vf_task_rows_json(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    struct vf_wait_graph graph = {0};
    json_t *rows = json_array();
    if (vf_wait_graph_init(&graph, plan, memory) < 0) {
        json_decref(rows);
        return NULL;
    }
    for (size_t i = 0; i < plan->task_count; i++)
        json_array_append_new(rows, describe(&graph, &plan->tasks[i]));
    vf_wait_graph_finish(&graph);
    return rows;
}

static json_t *describe_edge(const struct vf_plan *plan, const struct vf_run_memory *memory,
                             const struct vf_plan_edge *edge)
{
    struct vf_edge_account account = vf_ledger_edge(memory, edge);
    json_t *row =
        json_pack("{si ss ss}", "id", (int)edge->id, "from", vf_plan_sender(plan, edge)->name, "to",
                  vf_plan_receiver(plan, edge)->name);
    add_count(row, "produced", account.produced);
    add_count(row, "published", account.published);
    add_count(row, "dropped_newest", account.dropped_newest);
    add_count(row, "refused", account.refused);
    add_count(row, "taken", account.taken);
    add_count(row, "unmatched", account.unmatched);
    add_count(row, "dropped_oldest", account.dropped_oldest);
    add_count(row, "waiting", count_waiting(&account));
    add_count(row, "length", edge->depth);
    return row;
}

json_t *vf_edge_rows_json(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < plan->edge_count; i++)
        json_array_append_new(rows, describe_edge(plan, memory, &plan->edges[i]));
    return rows;
}
