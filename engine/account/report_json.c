/* SPDX-License-Identifier: MIT */
#include "engine/account/report_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/account/advice.h"
#include "engine/account/ledger.h"
#include "engine/account/progress.h"
#include "engine/account/report.h"
#include "engine/account/run_history_json.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"
#include "engine/flow/plan/view.h"
#include "engine/flow/vocabulary.h"
#include "engine/journal/journal.h"
#include "engine/message/description_json.h"

#define MAX_PORT_NAME 80

/* A report in the making. */
struct draft {
    const struct vf_run_record *record;
    int err; /* the first; from then on the report is incomplete */
};

/* Adds a value, which may be NULL for want of memory. */
static void add(struct draft *draft, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        draft->err = -ENOMEM;
}

static void add_count(struct draft *draft, json_t *object, const char *key, uint64_t count)
{
    add(draft, object, key, json_integer((json_int_t)count));
}

static void add_seconds(struct draft *draft, json_t *object, const char *key, int64_t time_ns)
{
    add(draft, object, key, json_real((double)time_ns / VF_NS_PER_S));
}

static void append(struct draft *draft, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        draft->err = -ENOMEM;
}

static json_t *text(const char *bytes)
{
    return vf_text_to_json(bytes, strlen(bytes));
}

static json_t *moment(int64_t time_ns)
{
    char text[VF_CLOCK_UTC_SIZE];
    vf_clock_print_utc(text, vf_clock_since_1970_ns() - (vf_clock_now_ns() - time_ns));
    return json_string(text);
}

/* Names an element of a task's inputs. */
static void name_input(char name[MAX_PORT_NAME], const struct vf_plan_task *task, unsigned input)
{
    struct vf_text text = {0};
    vf_plan_task_input(&text, task, input);
    snprintf(name, MAX_PORT_NAME, "%s", text.bytes ? text.bytes : "");
    vf_text_finish(&text);
}

/* Messages given to the node on each connected input. */
static json_t *inputs_of(struct draft *draft, const struct vf_plan_task *task)
{
    json_t *inputs = json_object();
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        char name[MAX_PORT_NAME];
        name_input(name, task, edge->input);
        json_int_t lanes_before = json_integer_value(json_object_get(inputs, name));
        uint64_t taken = vf_ledger_edge(draft->record->memory, edge).taken;
        add_count(draft, inputs, name, (uint64_t)lanes_before + taken);
    }
    return inputs;
}

/* Messages that the node made on each port. */
static json_t *outputs_of(struct draft *draft, const struct vf_plan_task *task,
                          const struct vf_task_page *page)
{
    json_t *outputs = json_object();
    for (size_t i = 0; i < task->node->outputs.count && i < VF_PAGE_PORTS; i++) {
        const struct vf_port *port = &task->node->outputs.items[i];
        uint64_t emitted = atomic_load(&page->emitted[i]);
        if (emitted || !port->is_numbered)
            add_count(draft, outputs, port->name, emitted);
    }
    return outputs;
}

/* What the task has reported of itself. */
static void add_counts(struct draft *draft, json_t *object, const struct vf_plan_task *task)
{
    const struct vf_run_memory *memory = draft->record->memory;
    const struct vf_task_page *page = vf_run_memory_page(memory, task->id);
    struct vf_task_account account = vf_ledger_task(memory, task->id);
    struct vf_task_figures figures = vf_report_figures(task, memory);
    char provider[VF_PAGE_PROVIDER_SIZE + 1] = "";
    memcpy(provider, page->provider, VF_PAGE_PROVIDER_SIZE);
    if (provider[0])
        add(draft, object, "provider", text(provider));
    add(draft, object, "state", json_string(vf_report_state_name(atomic_load(&page->state))));
    add(draft, object, "in", inputs_of(draft, task));
    add(draft, object, "out", outputs_of(draft, task, page));
    add_count(draft, object, "inputs", account.inputs);
    add_count(draft, object, "answered", account.answered);
    add_count(draft, object, "filtered", account.filtered);
    add_count(draft, object, "failed", account.failed);
    add_count(draft, object, "set_aside", account.set_aside);
    add_count(draft, object, "unkept", account.unkept);
    add_count(draft, object, "dropped", figures.dropped);
    add_count(draft, object, "errors", figures.errors);
    add_seconds(draft, object, "busy_seconds", atomic_load(&page->busy_ns));
    add_seconds(draft, object, "waiting_seconds", atomic_load(&page->waiting_ns));
    add_seconds(draft, object, "blocked_seconds", atomic_load(&page->blocked_ns));
    add(draft, object, "fps", json_real(figures.fps));
    add(draft, object, "busy", json_real(figures.busy));
    add_count(draft, object, "memory_bytes", atomic_load(&page->touched_bytes));
}

/* Either a status or a signal; neither for a worker that was never started. */
static void add_outcome(struct draft *draft, json_t *object, const struct vf_task_outcome *outcome)
{
    add(draft, object, "pid", outcome->pid ? json_integer(outcome->pid) : json_null());
    add(draft, object, "exit_status",
        outcome->exit_status >= 0 ? json_integer(outcome->exit_status) : json_null());
    add_count(draft, object, "restarts", outcome->restarts);
    add_seconds(draft, object, "cpu_seconds", outcome->cpu_ns);
    add_count(draft, object, "peak_bytes", outcome->peak_bytes);
    add(draft, object, "signal", outcome->signal ? json_integer(outcome->signal) : json_null());
}

static json_t *describe_task(struct draft *draft, const struct vf_plan_task *task)
{
    json_t *object = json_object();
    add_count(draft, object, "id", task->id);
    add(draft, object, "name", text(task->name));
    add(draft, object, "type", json_string(task->node->name));
    add(draft, object, "gpu", task->gpu_id ? text(task->gpu_id) : json_null());
    add_outcome(draft, object, &draft->record->outcomes[task->id - 1]);
    add(draft, object, "planned_memory_bytes",
        task->is_memory_known ? json_integer((json_int_t)task->memory) : json_null());
    if (draft->record->memory)
        add_counts(draft, object, task);
    return object;
}

/* What the tasks of one node have done together. */
static json_t *describe_node(struct draft *draft, size_t first)
{
    const struct vf_plan *plan = draft->record->plan;
    const struct vf_run_memory *memory = draft->record->memory;
    size_t count = vf_report_node_tasks(plan, first);
    struct vf_text name = {0};
    vf_report_print_node_name(&name, &plan->tasks[first]);
    json_t *object = json_object(), *ids = json_array();
    add(draft, object, "name", text(name.bytes ? name.bytes : ""));
    add(draft, object, "type", json_string(plan->tasks[first].node->name));
    vf_text_finish(&name);
    for (size_t i = first; i < first + count; i++)
        append(draft, ids, json_integer(plan->tasks[i].id));
    add(draft, object, "tasks", ids);
    if (!memory)
        return object;
    struct vf_task_figures figures = vf_report_node_figures(plan, first, memory);
    add(draft, object, "in", figures.has_in ? json_integer((json_int_t)figures.in) : json_null());
    add(draft, object, "out",
        figures.has_out ? json_integer((json_int_t)figures.out) : json_null());
    add_count(draft, object, "dropped", figures.dropped);
    add_count(draft, object, "errors", figures.errors);
    add(draft, object, "fps", json_real(figures.fps));
    add(draft, object, "busy", json_real(figures.busy));
    return object;
}

static json_t *nodes_of(struct draft *draft)
{
    const struct vf_plan *plan = draft->record->plan;
    json_t *nodes = json_array();
    for (size_t i = 0; i < plan->task_count; i += vf_report_node_tasks(plan, i)) {
        if (!plan->tasks[i].is_gather)
            append(draft, nodes, describe_node(draft, i));
    }
    return nodes;
}

static json_t *describe_edge(struct draft *draft, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *tasks = draft->record->plan->tasks;
    const struct vf_plan_task *sender = &tasks[edge->sender - 1];
    const struct vf_plan_task *receiver = &tasks[edge->receiver - 1];
    const char *port = sender->node->outputs.items[edge->sender_port].name;
    char input[MAX_PORT_NAME];
    json_t *object = json_object();
    name_input(input, receiver, edge->input);
    add_count(draft, object, "id", edge->id);
    add(draft, object, "from", json_sprintf("%s.%s", sender->name, port));
    add(draft, object, "to", json_sprintf("%s.%s", receiver->name, input));
    add_count(draft, object, "queue", edge->depth);
    add(draft, object, "drop", json_string(vf_drop_policy_name(edge->drop)));
    if (!draft->record->memory)
        return object;
    struct vf_edge_account account = vf_ledger_edge(draft->record->memory, edge);
    add_count(draft, object, "produced", account.produced);
    add_count(draft, object, "published", account.published);
    add_count(draft, object, "dropped_newest", account.dropped_newest);
    add_count(draft, object, "refused", account.refused);
    add_count(draft, object, "taken", account.taken);
    add_count(draft, object, "unmatched", account.unmatched);
    add_count(draft, object, "dropped_oldest", account.dropped_oldest);
    add_count(draft, object, "unread", account.unread);
    add_count(draft, object, "invalid", account.invalid);
    add_count(draft, object, "done", account.done);
    add_count(draft, object, "payload_bytes", account.payload_bytes);
    add_count(draft, object, "wire_bytes", account.wire_bytes);
    struct vf_text advice = {0};
    if (vf_advice_drops(&advice, draft->record->plan, draft->record->memory, edge))
        add(draft, object, "advice", advice.bytes ? text(advice.bytes) : NULL);
    vf_text_finish(&advice);
    return object;
}

/* Of vflow itself, and of libraries. */
static json_t *versions_of(struct draft *draft, const json_t *libraries)
{
    json_t *versions = json_object();
    add(draft, versions, "vflow", json_string(VF_VERSION));
    if (libraries && json_object_update(versions, (json_t *)(uintptr_t)libraries) != 0)
        draft->err = -ENOMEM;
    return versions;
}

/* What the tasks have appended to the journal, with their names in place of their numbers. */
static json_t *entries_of(struct draft *draft, enum vf_journal_kind kind)
{
    const struct vf_run_record *record = draft->record;
    json_t *entries =
        record->memory ? vf_run_memory_journal_load(record->memory, kind) : json_array();
    for (size_t i = json_array_size(entries); i-- > 0;) {
        json_t *entry = json_array_get(entries, i);
        json_int_t task = json_integer_value(json_object_get(entry, "task"));
        if (task >= 1 && task <= (json_int_t)record->plan->task_count)
            add(draft, entry, "task", text(record->plan->tasks[task - 1].name));
        else
            json_array_remove(entries, i);
    }
    return entries;
}

/* How many frames came out at the end, how fast, and what limited that. */
static void add_totals(struct draft *draft, json_t *object)
{
    const struct vf_run_record *record = draft->record;
    double seconds = (double)(record->ended_ns - record->started_ns) / VF_NS_PER_S;
    uint64_t frames = vf_progress_frames(record->plan, record->memory);
    double fps = seconds > 0 ? (double)frames / seconds : 0;
    struct vf_text limit = {0};
    if (vf_report_is_telling(record->plan, record->outcomes))
        vf_advice_limit(&limit, record->plan, record->memory, record->outcomes, fps);
    add_count(draft, object, "frames", frames);
    add(draft, object, "fps", json_real(fps));
    add(draft, object, "limit", limit.bytes ? text(limit.bytes) : json_null());
    vf_text_finish(&limit);
}

static json_t *describe(struct draft *draft)
{
    const struct vf_run_record *record = draft->record;
    const struct vf_plan *plan = record->plan;
    json_t *object = json_object(), *tasks = json_array(), *edges = json_array();
    for (size_t i = 0; i < plan->task_count; i++)
        append(draft, tasks, describe_task(draft, &plan->tasks[i]));
    for (size_t i = 0; i < plan->edge_count; i++)
        append(draft, edges, describe_edge(draft, &plan->edges[i]));
    add(draft, object, "file", text(plan->file));
    add(draft, object, "mode", json_string(vf_flow_mode_name(plan->mode)));
    add_count(draft, object, "status", record->status);
    add(draft, object, "started", moment(record->started_ns));
    add(draft, object, "ended", moment(record->ended_ns));
    add_seconds(draft, object, "seconds", record->ended_ns - record->started_ns);
    if (record->memory)
        add_totals(draft, object);
    add(draft, object, "is_balanced", json_boolean(record->is_balanced));
    add_count(draft, object, "dropped_lines", record->dropped_lines);
    add(draft, object, "versions", versions_of(draft, record->versions));
    add(draft, object, "inputs", entries_of(draft, VF_JOURNAL_INPUT));
    add(draft, object, "outputs", entries_of(draft, VF_JOURNAL_OUTPUT));
    add(draft, object, "errors", entries_of(draft, VF_JOURNAL_ERROR));
    add(draft, object, "nodes", nodes_of(draft));
    add(draft, object, "tasks", tasks);
    add(draft, object, "edges", edges);
    if (record->history)
        add(draft, object, "history", vf_run_history_json(record->history));
    return object;
}

static int log_failure(const char *path, int err)
{
    vf_log(VF_LOG_ERROR, "cannot write the report %s: %s", path, strerror(-err));
    return err;
}

int vf_report_json_check(const char *path)
{
    return strcmp(path, "-") == 0 ? VF_OK : vf_new_file_try(path);
}

static int write_text(const char *path, const char *text)
{
    if (strcmp(path, "-") != 0)
        return vf_new_file_write(path, "the report", text);
    int err = vf_write_all(STDOUT_FILENO, text, strlen(text));
    return err ? log_failure("to standard output", err) : VF_OK;
}

int vf_report_json_put(const char *path, const json_t *report)
{
    char *json = json_dumps(report, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    char *text = json ? vf_text_format("%s\n", json) : NULL;
    int err = text ? write_text(path, text) : log_failure(path, -ENOMEM);
    free(text);
    free(json);
    return err;
}

/* Writes a report, which it takes. */
static int write_report(const char *path, json_t *report, int err)
{
    err = err ? log_failure(path, err) : vf_report_json_put(path, report);
    json_decref(report);
    return err;
}

/* Gives a report that is whole. */
static int finish(const struct draft *draft, json_t *made, json_t **report)
{
    bool is_whole = made && !draft->err;
    if (!is_whole)
        json_decref(made);
    *report = is_whole ? made : NULL;
    return is_whole ? VF_OK : -ENOMEM;
}

int vf_report_json_make(const struct vf_run_record *record, json_t **report)
{
    struct draft draft = {.record = record};
    json_t *made = describe(&draft);
    return finish(&draft, made, report);
}

int vf_report_json_write(const char *path, const struct vf_run_record *record)
{
    struct draft draft = {.record = record};
    json_t *report = describe(&draft);
    return write_report(path, report, draft.err);
}

bool vf_report_json_may_replace(const char *path)
{
    struct stat status;
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size == 0)
        return true;
    json_t *there = json_load_file(path, 0, NULL);
    bool is_report = json_is_boolean(json_object_get(there, "is_balanced")) &&
                     json_is_array(json_object_get(there, "tasks"));
    json_decref(there);
    if (!is_report)
        vf_log(VF_LOG_ERROR, "no report is written: %s is there, and is no report", path);
    return is_report;
}

int vf_report_json_refuse(json_t **report, const char *file, enum vf_exit_status status,
                          json_t *mistakes)
{
    static const char *const lists[] = {"inputs", "outputs", "errors", "nodes", "tasks", "edges"};
    struct draft draft = {0};
    int64_t now_ns = vf_clock_now_ns();
    json_t *made = json_object();
    add(&draft, made, "file", text(file));
    add_count(&draft, made, "status", status);
    add(&draft, made, "versions", versions_of(&draft, NULL));
    add(&draft, made, "started", moment(now_ns));
    add(&draft, made, "ended", moment(now_ns));
    add_seconds(&draft, made, "seconds", 0);
    add(&draft, made, "is_balanced", json_true());
    add_count(&draft, made, "dropped_lines", 0);
    add(&draft, made, "mistakes", mistakes);
    for (size_t i = 0; i < VF_COUNT(lists); i++)
        add(&draft, made, lists[i], json_array());
    return finish(&draft, made, report);
}
