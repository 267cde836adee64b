/* SPDX-License-Identifier: MIT */
#include "cmd/capacity_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/outline.h"
#include "engine/base/exit_status.h"
#include "engine/base/text.h"

#define CROWDED 0.9 /* of the processors: from then on tasks wait for them */
#define LONGEST_LINE 300

static json_t *load_report(const struct vf_capacity_stream *stream)
{
    char *path = vf_text_format("%s/report.json", stream->folder);
    json_t *report = path ? json_load_file(path, 0, NULL) : NULL;
    free(path);
    return report;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static uint64_t count_of(const json_t *object, const char *key)
{
    json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (uint64_t)count : 0;
}

/* Returns the task that "NAME.PORT" belongs to; NULL: none does. */
static const json_t *task_at(const json_t *tasks, const char *port)
{
    return json_array_get(tasks, vf_outline_task_of(tasks, port));
}

/* Returns the task whose messages a task gets on its first input; NULL: none. */
static const json_t *sender_of(const json_t *report, const json_t *task)
{
    const json_t *edges = json_object_get(report, "edges"),
                 *tasks = json_object_get(report, "tasks");
    for (size_t i = 0; i < json_array_size(edges); i++) {
        const json_t *edge = json_array_get(edges, i);
        if (task_at(tasks, text_of(edge, "to")) == task)
            return task_at(tasks, text_of(edge, "from"));
    }
    return NULL;
}

/* Returns the source that a task works for. */
static const json_t *source_of(const json_t *report, const json_t *task)
{
    const json_t *sender = sender_of(report, task);
    for (size_t i = json_array_size(json_object_get(report, "tasks")); sender && i > 0; i--) {
        task = sender;
        sender = sender_of(report, task);
    }
    return task;
}

/* Returns how many messages have gone out of the port of a source from which most did. */
static uint64_t most_sent(const json_t *source)
{
    const char *port;
    json_t *count;
    uint64_t most = 0;
    json_object_foreach(json_object_get(source, "out"), port, count)
    {
        uint64_t sent = (uint64_t)json_integer_value(count);
        most = sent > most ? sent : most;
    }
    return most;
}

/* Returns how many frames a source has sent; of one that has no pictures, messages. */
static uint64_t sent_by(const json_t *source)
{
    const json_t *out = json_object_get(source, "out");
    if (!json_object_get(out, "video"))
        return most_sent(source);
    return count_of(out, "video") ? count_of(out, "video") : count_of(out, "packets");
}

static void measure_task(struct vf_capacity_measure *measure, const struct vf_capacity_flow *flow,
                         size_t index)
{
    const json_t *task = json_array_get(json_object_get(measure->report, "tasks"), index);
    const json_t *source = source_of(measure->report, task);
    double every = vf_capacity_flow_every(flow, text_of(source, "name"));
    double frames = (double)sent_by(source) * every;
    measure->names[index] = text_of(task, "name");
    measure->types[index] = text_of(task, "type");
    measure->tasks[index].memory_bytes = count_of(task, "peak_bytes");
    measure->tasks[index].uses_gpu = *text_of(task, "gpu");
    measure->has_messages = measure->has_messages || most_sent(source);
    if (frames > (double)measure->frames)
        measure->frames = (uint64_t)frames;
    if (frames < 1)
        return;
    measure->tasks[index].busy_seconds = number_of(task, "busy_seconds") / frames;
    measure->tasks[index].processor_seconds = number_of(task, "cpu_seconds") / frames;
}

/* Counts the GPUs that tasks had, each once. */
static size_t count_gpus(const json_t *tasks)
{
    json_t *gpus = json_object();
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const char *gpu = text_of(json_array_get(tasks, i), "gpu");
        if (*gpu)
            json_object_set_new(gpus, gpu, json_true());
    }
    size_t count = json_object_size(gpus);
    json_decref(gpus);
    return count;
}

/* Adds up the memory of the tasks. What a task has mapped of its senders' frames is theirs. */
static uint64_t sum_memory(const json_t *report)
{
    const json_t *tasks = json_object_get(report, "tasks"),
                 *edges = json_object_get(report, "edges");
    uint64_t sum = 0, shared = 0;
    for (size_t i = 0; i < json_array_size(tasks); i++)
        sum += count_of(json_array_get(tasks, i), "peak_bytes");
    for (size_t i = 0; i < json_array_size(edges); i++) {
        const json_t *edge = json_array_get(edges, i);
        shared += count_of(task_at(tasks, text_of(edge, "from")), "memory_bytes");
    }
    return sum > 2 * shared ? sum - shared : sum / 2;
}

int vf_capacity_measure_read(struct vf_capacity_measure *measure,
                             const struct vf_capacity_flow *flow,
                             const struct vf_capacity_stream *stream, double processors)
{
    measure->report = load_report(stream);
    if (!measure->report)
        return -EIO;
    size_t count = json_array_size(json_object_get(measure->report, "tasks"));
    measure->tasks = calloc(count ? count : 1, sizeof(*measure->tasks));
    measure->names = calloc(count ? count : 1, sizeof(*measure->names));
    measure->types = calloc(count ? count : 1, sizeof(*measure->types));
    if (!measure->tasks || !measure->names || !measure->types)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        measure_task(measure, flow, i);
    measure->gpus = count_gpus(json_object_get(measure->report, "tasks"));
    double seconds = number_of(measure->report, "seconds");
    measure->load = (struct vf_capacity_load){
        .tasks = measure->tasks,
        .count = count,
        .memory_bytes = sum_memory(measure->report),
        .was_crowded = stream->processor_seconds > seconds * processors * CROWDED,
    };
    return measure->frames ? VF_OK : -ENODATA;
}

void vf_capacity_measure_finish(struct vf_capacity_measure *measure)
{
    json_decref(measure->report);
    free(measure->tasks);
    free(measure->names);
    free(measure->types);
}

bool vf_capacity_has_run(const struct vf_capacity_streams *streams, int status)
{
    return status == VF_EXIT_OK || status == VF_EXIT_BAD_INPUT ||
           (streams->was_stopped && status == VF_EXIT_TERMINATED);
}

/* Returns the last error in the log of a stream, or its exit status; NULL: out of memory. */
static char *find_failure(const struct vf_capacity_stream *stream)
{
    char *path = vf_text_format("%s/log", stream->folder);
    FILE *log = path ? fopen(path, "re") : NULL;
    char line[LONGEST_LINE], last[LONGEST_LINE] = "";
    while (log && fgets(line, sizeof(line), log)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "vflow", 5) == 0 && !strstr(line, "warning:"))
            memcpy(last, line, sizeof(last));
    }
    if (log)
        fclose(log);
    free(path);
    return *last ? vf_text_format("%s", last)
                 : vf_text_format("it ended with status %d", stream->status);
}

/* A try as it is judged. */
struct judgement {
    struct vf_capacity_verdict *verdict;
    const struct vf_capacity_flow *flow;
    const struct vf_capacity_pace *pace;
    double busiest; /* of the late task that is blamed so far: part of the time */
};

static int blame(struct vf_capacity_verdict *verdict, const char *name)
{
    char *task = strdup(name);
    if (!task)
        return -ENOMEM;
    free(verdict->task);
    verdict->task = task;
    return VF_OK;
}

/* Blames the task on the way to which most was dropped. */
static int judge_drops(struct judgement *judgement, const json_t *report)
{
    struct vf_capacity_verdict *verdict = judgement->verdict;
    const json_t *edges = json_object_get(report, "edges");
    int err = VF_OK;
    for (size_t i = 0; i < json_array_size(edges) && !err; i++) {
        const json_t *edge = json_array_get(edges, i);
        uint64_t dropped = count_of(edge, "dropped_newest") + count_of(edge, "dropped_oldest");
        if (dropped <= verdict->dropped)
            continue;
        verdict->dropped = dropped;
        err = blame(verdict, text_of(task_at(json_object_get(report, "tasks"), text_of(edge, "to")),
                                     "name"));
    }
    return err;
}

/* Returns the first task of a node. */
static const json_t *task_of(const json_t *report, const json_t *node)
{
    const json_t *tasks = json_object_get(report, "tasks");
    const json_t *id = json_array_get(json_object_get(node, "tasks"), 0);
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const json_t *task = json_array_get(tasks, i);
        if (json_equal(json_object_get(task, "id"), id))
            return task;
    }
    return NULL;
}

/* Returns how late a node was at the end. */
static double lateness_of(const struct judgement *judgement, const json_t *report,
                          const json_t *node)
{
    const json_t *source = source_of(report, task_of(report, node));
    const char *name = text_of(source, "name");
    double fps = judgement->pace->fps / vf_capacity_flow_every(judgement->flow, name);
    uint64_t due = vf_capacity_flow_frames(judgement->flow, name, judgement->pace);
    uint64_t sent = sent_by(source);
    bool is_source = json_is_null(json_object_get(node, "in"));
    double rate = number_of(node, "fps"), count = number_of(node, is_source ? "out" : "in");
    double missing = sent < due ? (double)(due - sent) / fps : 0;
    double late = rate > 0 ? vf_capacity_lateness(count / rate, due, fps) : 0;
    return late > missing ? late : missing;
}

/* Of the nodes that are late, blames the busiest: it holds the others up. */
static int judge_lateness(struct judgement *judgement, const json_t *report)
{
    struct vf_capacity_verdict *verdict = judgement->verdict;
    const json_t *nodes = json_object_get(report, "nodes");
    double tolerated = vf_capacity_tolerance(judgement->pace->fps, judgement->pace->seconds);
    int err = VF_OK;
    for (size_t i = 0; i < json_array_size(nodes) && !err && !verdict->dropped; i++) {
        const json_t *node = json_array_get(nodes, i);
        double late = lateness_of(judgement, report, node), busy = number_of(node, "busy");
        if (late <= tolerated || (verdict->task && busy <= judgement->busiest))
            continue;
        judgement->busiest = busy;
        verdict->late_seconds = late;
        err = blame(verdict, text_of(node, "name"));
    }
    return err;
}

static int judge_stream(struct judgement *judgement, const struct vf_capacity_stream *stream)
{
    json_t *report = load_report(stream);
    if (!report)
        return -EIO;
    int err = judge_drops(judgement, report);
    if (!err)
        err = judge_lateness(judgement, report);
    json_decref(report);
    return err;
}

int vf_capacity_judge(struct vf_capacity_verdict *verdict, const struct vf_capacity_flow *flow,
                      const struct vf_capacity_streams *streams,
                      const struct vf_capacity_pace *pace)
{
    struct judgement judgement = {.verdict = verdict, .flow = flow, .pace = pace};
    int err = VF_OK;
    verdict->streams = (unsigned)streams->count;
    for (size_t i = 0; i < streams->count && !err; i++) {
        const struct vf_capacity_stream *stream = &streams->items[i];
        if (vf_capacity_has_run(streams, stream->status)) {
            err = judge_stream(&judgement, stream);
        } else if (!verdict->failure) {
            verdict->failure = find_failure(stream);
            err = verdict->failure ? VF_OK : -ENOMEM;
        }
    }
    verdict->has_passed = !err && !verdict->failure && !verdict->task && !streams->was_stopped;
    return err;
}

void vf_capacity_verdict_finish(struct vf_capacity_verdict *verdict)
{
    free(verdict->task);
    free(verdict->failure);
}
