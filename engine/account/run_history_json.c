/* SPDX-License-Identifier: MIT */
#include "engine/account/run_history_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/advice.h"
#include "engine/account/report.h"
#include "engine/base/clock.h"

#define LATELY_S 5.0
#define NAME_SIZE 16 /* of an edge's id as a name */

/* Adds a value, unless memory has been short: then whoever reads finds nothing. */
static void add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        (void)json_object_del(object, key);
}

static void add_count(json_t *object, const char *key, uint64_t count)
{
    add(object, key, json_integer((json_int_t)count));
}

/* A number with three decimals: more say nothing. */
static json_t *rounded(double number)
{
    return json_real(round(number * 1000) / 1000);
}

static json_t *known(double number)
{
    return number < 0 ? json_null() : rounded(number);
}

static json_t *percentiles_of(const double milliseconds[VF_RUN_HISTORY_PERCENTILES])
{
    if (milliseconds[0] < 0)
        return json_null();
    return json_pack("[ooo]", rounded(milliseconds[0]), rounded(milliseconds[1]),
                     rounded(milliseconds[2]));
}

static bool is_waiting_for(const struct vf_run_history_task *task, unsigned other)
{
    for (size_t i = 0; i < task->wait_count; i++) {
        if (task->waits[i] == other)
            return true;
    }
    return false;
}

/* What the one does that somebody waits for. */
static const char *doing_of(enum vf_activity activity)
{
    switch (activity) {
    case VF_ACTIVITY_OVER:
        return "has ended";
    case VF_ACTIVITY_BUSY:
        return "is busy";
    case VF_ACTIVITY_SILENT:
        return "waits for its source";
    case VF_ACTIVITY_PAUSED:
        return "is paused";
    case VF_ACTIVITY_OPENING:
        return "is opening";
    case VF_ACTIVITY_INPUT:
        return "waits for input";
    case VF_ACTIVITY_ROOM:
        return "waits for room";
    case VF_ACTIVITY_RELEASE:
        return "waits until messages are released";
    }
    return "does nothing that is known";
}

void vf_run_history_why(struct vf_text *why, const struct vf_run_history *history, size_t i,
                        size_t edge)
{
    const struct vf_plan *plan = vf_run_history_plan(history);
    const struct vf_plan_edge *planned = &plan->edges[edge];
    struct vf_run_history_task sender = vf_run_history_task(history, i, planned->sender);
    struct vf_run_history_task receiver = vf_run_history_task(history, i, planned->receiver);
    const char *from = plan->tasks[planned->sender - 1].name;
    const char *to = plan->tasks[planned->receiver - 1].name;
    if (sender.activity == VF_ACTIVITY_ROOM && is_waiting_for(&sender, planned->receiver))
        vf_text_print(why, "%s waits for room: %s %s", from, to, doing_of(receiver.activity));
    else if (sender.activity == VF_ACTIVITY_RELEASE && is_waiting_for(&sender, planned->receiver))
        vf_text_print(why, "%s waits until %s releases what it has: that %s", from, to,
                      doing_of(receiver.activity));
    else if (receiver.activity == VF_ACTIVITY_INPUT && is_waiting_for(&receiver, planned->sender))
        vf_text_print(why, "%s waits for input: %s %s", to, from, doing_of(sender.activity));
}

/* Returns the sample with which the last seconds up to sample `i` begin. */
static size_t begin_of_lately(const struct vf_run_history *history, size_t i)
{
    int64_t end_ns = vf_run_history_at(history, i).at_ns;
    size_t begin = i;
    while (begin > 0 && (double)(end_ns - vf_run_history_at(history, begin).at_ns) / VF_NS_PER_S +
                                vf_run_history_at(history, begin).seconds <
                            LATELY_S)
        begin--;
    return begin;
}

/* Returns which part of the time of some samples a task was at work. */
static double busy_in(const struct vf_run_history *history, size_t begin, size_t end, unsigned task)
{
    double seconds = 0, busy = 0;
    for (size_t i = begin; i <= end; i++) {
        double interval = vf_run_history_at(history, i).seconds;
        seconds += interval;
        busy += vf_run_history_task(history, i, task).busy * interval;
    }
    return seconds > 0 ? busy / seconds : 0;
}

const struct vf_plan_task *vf_run_history_limit(struct vf_text *limit,
                                                const struct vf_run_history *history, size_t i)
{
    const struct vf_plan *plan = vf_run_history_plan(history);
    double *busy = calloc(plan->task_count + 1, sizeof(*busy));
    if (!busy)
        return NULL;
    size_t begin = begin_of_lately(history, i);
    struct vf_lately lately = {.busy = busy};
    for (size_t at = begin; at <= i; at++) {
        lately.seconds += vf_run_history_at(history, at).seconds;
        for (size_t edge = 0; edge < plan->edge_count; edge++)
            lately.is_dropping |= vf_run_history_edge(history, at, edge).dropped_rate > 0;
    }
    for (size_t task = 0; task < plan->task_count; task++)
        busy[task] = busy_in(history, begin, i, (unsigned)task + 1);
    const struct vf_plan_task *found =
        vf_advice_limit_lately(limit, plan, vf_run_history_memory(history), &lately);
    free(busy);
    return found;
}

static void add_limit(json_t *object, const struct vf_run_history *history, size_t i)
{
    struct vf_text limit = {0}, name = {0};
    const struct vf_plan_task *task = vf_run_history_limit(&limit, history, i);
    if (task)
        vf_report_print_node_name(&name, task);
    add(object, "limit", limit.bytes ? json_string(limit.bytes) : json_null());
    add(object, "bottleneck", name.bytes ? json_string(name.bytes) : json_null());
    vf_text_finish(&limit);
    vf_text_finish(&name);
}

static json_t *describe_run(const struct vf_run_history *history, size_t i)
{
    struct vf_run_history_moment moment = vf_run_history_at(history, i);
    const struct vf_plan *plan = vf_run_history_plan(history);
    json_t *object = json_object();
    uint64_t restarts = 0;
    for (size_t task = 0; task < plan->task_count; task++)
        restarts += vf_run_history_task(history, i, (unsigned)task + 1).restarts;
    add(object, "state", json_string(vf_run_state_name(moment.state)));
    add(object, "fps", rounded(moment.fps));
    add_count(object, "frames", moment.frames);
    add(object, "percent", moment.part < 0 ? json_null() : rounded(moment.part * 100));
    add(object, "left_seconds", known(moment.left_seconds));
    add(object, "speed", known(moment.speed));
    add_count(object, "dropped", moment.dropped);
    add_count(object, "restarts", restarts);
    add_limit(object, history, i);
    return object;
}

static json_t *describe_task(const struct vf_run_history *history, size_t i, unsigned id)
{
    const struct vf_plan *plan = vf_run_history_plan(history);
    struct vf_run_history_task task = vf_run_history_task(history, i, id);
    json_t *object = json_object(), *waits = json_array();
    for (size_t wait = 0; wait < task.wait_count; wait++)
        json_array_append_new(waits, json_string(plan->tasks[task.waits[wait] - 1].name));
    add(object, "state", json_string(vf_wait_graph_state_name(task.state, task.activity)));
    add(object, "activity", json_string(vf_activity_name(task.activity)));
    add(object, "waits", waits);
    add(object, "pid", task.pid ? json_integer(task.pid) : json_null());
    add(object, "fps", rounded(task.fps));
    add(object, "busy", rounded(task.busy));
    add(object, "waiting", rounded(task.waiting));
    add(object, "blocked", rounded(task.blocked));
    add(object, "opening", rounded(task.opening));
    add(object, "in", task.has_in ? json_integer((json_int_t)task.in) : json_null());
    add(object, "out", task.has_out ? json_integer((json_int_t)task.out) : json_null());
    add_count(object, "dropped", task.dropped);
    add_count(object, "errors", task.errors);
    add_count(object, "restarts", task.restarts);
    add(object, "work_ms", percentiles_of(task.work_ms));
    add(object, "age_ms", percentiles_of(task.age_ms));
    return object;
}

static json_t *describe_edge(const struct vf_run_history *history, size_t i, size_t number)
{
    struct vf_run_history_edge edge = vf_run_history_edge(history, i, number);
    struct vf_text why = {0};
    json_t *object = json_object();
    vf_run_history_why(&why, history, i, number);
    add(object, "rate", rounded(edge.rate));
    add_count(object, "waiting", edge.waiting);
    add(object, "fill", rounded(edge.fill));
    add_count(object, "dropped", edge.dropped);
    add(object, "dropped_rate", rounded(edge.dropped_rate));
    add(object, "why", json_string(why.bytes ? why.bytes : ""));
    vf_text_finish(&why);
    return object;
}

json_t *vf_run_history_sample_json(const struct vf_run_history *history, size_t i)
{
    const struct vf_plan *plan = vf_run_history_plan(history);
    struct vf_run_history_moment moment = vf_run_history_at(history, i);
    json_t *sample = json_object(), *tasks = json_object(), *edges = json_object();
    char time[VF_CLOCK_UTC_SIZE];
    vf_clock_print_utc(time, vf_clock_since_1970_ns() - (vf_clock_now_ns() - moment.at_ns));
    for (size_t task = 0; task < plan->task_count; task++)
        add(tasks, plan->tasks[task].name, describe_task(history, i, (unsigned)task + 1));
    for (size_t edge = 0; edge < plan->edge_count; edge++) {
        char id[NAME_SIZE];
        snprintf(id, sizeof(id), "%u", plan->edges[edge].id);
        add(edges, id, describe_edge(history, i, edge));
    }
    add(sample, "time", json_string(time));
    add(sample, "t", rounded(moment.t));
    add(sample, "interval", rounded(moment.seconds));
    add(sample, "run", describe_run(history, i));
    add(sample, "tasks", tasks);
    add(sample, "edges", edges);
    return sample;
}

/* Columns in the making: each gets what `value_of` says of every sample. */
struct columns {
    const struct vf_run_history *history;
    unsigned task; /* id, */
    size_t edge;   /* or place in the plan */
};

static json_t *column(const struct columns *columns,
                      json_t *(*value_of)(const struct columns *, size_t i))
{
    json_t *values = json_array();
    for (size_t i = 0; i < vf_run_history_count(columns->history); i++)
        json_array_append_new(values, value_of(columns, i));
    return values;
}

static struct vf_run_history_task task_at(const struct columns *columns, size_t i)
{
    return vf_run_history_task(columns->history, i, columns->task);
}

static struct vf_run_history_edge edge_at(const struct columns *columns, size_t i)
{
    return vf_run_history_edge(columns->history, i, columns->edge);
}

/* One function for each column. */
#define COLUMN(name, expression)                                 \
    static json_t *name(const struct columns *columns, size_t i) \
    {                                                            \
        return expression;                                       \
    }
#define OF_RUN(member) vf_run_history_at(columns->history, i).member
COLUMN(run_t, rounded(OF_RUN(t)))
COLUMN(run_fps, rounded(OF_RUN(fps)))
COLUMN(run_frames, json_integer((json_int_t)OF_RUN(frames)))
COLUMN(run_dropped, json_integer((json_int_t)OF_RUN(dropped)))
COLUMN(task_fps, rounded(task_at(columns, i).fps))
COLUMN(task_busy, rounded(task_at(columns, i).busy))
COLUMN(task_waiting, rounded(task_at(columns, i).waiting))
COLUMN(task_blocked, rounded(task_at(columns, i).blocked))
COLUMN(task_opening, rounded(task_at(columns, i).opening))
COLUMN(task_restarts, json_integer(task_at(columns, i).restarts))
COLUMN(task_work_50, known(task_at(columns, i).work_ms[0]))
COLUMN(task_work_95, known(task_at(columns, i).work_ms[1]))
COLUMN(task_work_99, known(task_at(columns, i).work_ms[2]))
COLUMN(task_age_50, known(task_at(columns, i).age_ms[0]))
COLUMN(task_age_95, known(task_at(columns, i).age_ms[1]))
COLUMN(task_age_99, known(task_at(columns, i).age_ms[2]))
COLUMN(edge_rate, rounded(edge_at(columns, i).rate))
COLUMN(edge_waiting, json_integer((json_int_t)edge_at(columns, i).waiting))
COLUMN(edge_dropped_rate, rounded(edge_at(columns, i).dropped_rate))
#undef OF_RUN
#undef COLUMN

static json_t *columns_of_task(const struct columns *columns)
{
    json_t *object = json_object(), *work = json_object(), *age = json_object();
    add(object, "fps", column(columns, task_fps));
    add(object, "busy", column(columns, task_busy));
    add(object, "waiting", column(columns, task_waiting));
    add(object, "blocked", column(columns, task_blocked));
    add(object, "opening", column(columns, task_opening));
    add(object, "restarts", column(columns, task_restarts));
    add(work, "p50", column(columns, task_work_50));
    add(work, "p95", column(columns, task_work_95));
    add(work, "p99", column(columns, task_work_99));
    add(age, "p50", column(columns, task_age_50));
    add(age, "p95", column(columns, task_age_95));
    add(age, "p99", column(columns, task_age_99));
    add(object, "work_ms", work);
    add(object, "age_ms", age);
    return object;
}

json_t *vf_run_history_json(const struct vf_run_history *history)
{
    const struct vf_plan *plan = vf_run_history_plan(history);
    struct columns columns = {.history = history};
    json_t *object = json_object(), *run = json_object(), *tasks = json_object(),
           *edges = json_object();
    struct vf_run_history_moment first = {0};
    if (vf_run_history_count(history))
        first = vf_run_history_at(history, 0);
    add(run, "fps", column(&columns, run_fps));
    add(run, "frames", column(&columns, run_frames));
    add(run, "dropped", column(&columns, run_dropped));
    for (size_t i = 0; i < plan->task_count; i++) {
        columns.task = plan->tasks[i].id;
        add(tasks, plan->tasks[i].name, columns_of_task(&columns));
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        char id[NAME_SIZE];
        columns.edge = i;
        snprintf(id, sizeof(id), "%u", plan->edges[i].id);
        add(edges, id,
            json_pack("{so so so}", "rate", column(&columns, edge_rate), "waiting",
                      column(&columns, edge_waiting), "dropped_rate",
                      column(&columns, edge_dropped_rate)));
    }
    add(object, "from", rounded(first.t - first.seconds));
    add(object, "t", column(&columns, run_t));
    add(object, "run", run);
    add(object, "tasks", tasks);
    add(object, "edges", edges);
    return object;
}
