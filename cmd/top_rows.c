/* SPDX-License-Identifier: MIT */
#include "cmd/top_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/histogram.h"

static const double percentiles[VF_TOP_PERCENTILES] = {0.5, 0.95, 0.99};

static int64_t count_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* Finds the row of the same task in an earlier answer; NULL: there is none. */
static const json_t *find(const json_t *answer, const char *name)
{
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        if (strcmp(text_of(row, "name"), name) == 0)
            return row;
    }
    return NULL;
}

/* Reads [[class, count], ...]. */
static void read_histogram(const json_t *row, const char *key,
                           uint64_t counts[VF_HISTOGRAM_CLASSES])
{
    size_t i;
    const json_t *pair;
    memset(counts, 0, VF_HISTOGRAM_CLASSES * sizeof(*counts));
    json_array_foreach(json_object_get(row, key), i, pair)
    {
        json_int_t number = json_integer_value(json_array_get(pair, 0));
        if (number >= 0 && number < VF_HISTOGRAM_CLASSES)
            counts[number] = (uint64_t)json_integer_value(json_array_get(pair, 1));
    }
}

static void read_percentiles(const json_t *row, const json_t *before, const char *key,
                             double milliseconds[VF_TOP_PERCENTILES])
{
    uint64_t now[VF_HISTOGRAM_CLASSES], then[VF_HISTOGRAM_CLASSES];
    read_histogram(row, key, now);
    read_histogram(before, key, then);
    for (size_t i = 0; i < VF_TOP_PERCENTILES; i++) {
        double duration = vf_histogram_percentile(now, then, percentiles[i]);
        milliseconds[i] = duration < 0 ? -1 : duration / VF_NS_PER_MS;
    }
}

/* Adds the names of those whom a task waits for. */
static char *describe_waits(const json_t *row)
{
    struct vf_text text = {0};
    const char *activity = text_of(row, "activity"), *lead = "";
    size_t i;
    const json_t *name;
    if (strcmp(activity, "input") == 0)
        lead = "for input of ";
    else if (strcmp(activity, "room") == 0)
        lead = "for room before ";
    else if (strcmp(activity, "release") == 0)
        lead = "for release by ";
    else if (strcmp(activity, "silent") == 0)
        vf_text_print(&text, "for its source");
    json_array_foreach(json_object_get(row, "waits"), i, name)
    {
        vf_text_print(&text, "%s%s", i ? ", " : lead, json_string_value(name));
    }
    char *waits = vf_text_take(&text);
    return waits ? waits : strdup("");
}

/* The fullest of its queues; of several that are as full, the longest. */
static void read_queues(struct vf_top_row *row, const json_t *from)
{
    size_t i;
    const json_t *queue;
    row->waiting = row->length = -1;
    json_array_foreach(json_object_get(from, "queues"), i, queue)
    {
        int64_t waiting = count_of(queue, "waiting"), length = count_of(queue, "length");
        if (row->length < 0 || waiting * row->length > row->waiting * length) {
            row->waiting = waiting;
            row->length = length;
        }
    }
}

static void read_speeds(struct vf_top_row *row, const json_t *now, const json_t *then,
                        double seconds)
{
    const char *counted = count_of(now, "in") >= 0 ? "in" : "out";
    int64_t frames = count_of(now, counted), old_frames = then ? count_of(then, counted) : 0;
    int64_t busy_ns = count_of(now, "busy_ns"), old_busy_ns = then ? count_of(then, "busy_ns") : 0;
    row->fps = row->busy = -1;
    if (seconds <= 0)
        return;
    row->fps = frames > old_frames ? (double)(frames - old_frames) / seconds : 0;
    row->busy = busy_ns > old_busy_ns ? (double)(busy_ns - old_busy_ns) / VF_NS_PER_S / seconds : 0;
}

/* Reads a number behind a word at the beginning of a line of a file in /proc, in kB. */
static int64_t read_kilobytes(pid_t pid, const char *file, const char *word)
{
    char path[64], line[256];
    int64_t bytes = -1;
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    FILE *stream = fopen(path, "re");
    while (stream && fgets(line, sizeof(line), stream)) {
        if (strncmp(line, word, strlen(word)) == 0)
            bytes = strtoll(line + strlen(word), NULL, 10) * 1024;
    }
    if (stream)
        fclose(stream);
    return bytes;
}

/* Returns the seconds of processor time that a process has used; negative: it is gone. */
static double read_cpu(pid_t pid)
{
    char path[64], line[1024];
    unsigned long long user = 0, system = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    line[length] = '\0';
    if (file)
        fclose(file);
    const char *name_end = strrchr(line, ')'); /* the name may have anything in it */
    if (!name_end || sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                            &user, &system) != 2)
        return -1;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* What the kernel knows of the process; what was known before stays where it is not looked at. */
static void read_process(struct vf_top_row *row, const struct vf_top_row *before, double seconds,
                         bool looks_closer)
{
    row->cpu = row->cpu_s = -1;
    row->rss_bytes = row->pss_bytes = row->gpu_bytes = -1;
    row->gpu = -1;
    if (!row->pid)
        return;
    row->cpu_s = read_cpu(row->pid);
    if (before && before->pid == row->pid && before->cpu_s >= 0 && row->cpu_s >= 0 && seconds > 0)
        row->cpu = (row->cpu_s - before->cpu_s) / seconds;
    row->rss_bytes = read_kilobytes(row->pid, "status", "VmRSS:");
    if (looks_closer)
        row->pss_bytes = read_kilobytes(row->pid, "smaps_rollup", "Pss:");
    else if (before && before->pid == row->pid)
        row->pss_bytes = before->pss_bytes;
}

static const struct vf_top_row *find_row(const struct vf_top_sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->count; i++) {
        if (strcmp(sample->rows[i].name, name) == 0)
            return &sample->rows[i];
    }
    return NULL;
}

static void init_row(struct vf_top_row *row, const json_t *now, const struct vf_top_sample *before,
                     double seconds, bool looks_closer)
{
    const json_t *then = find(before->answer, text_of(now, "name"));
    snprintf(row->name, sizeof(row->name), "%s", text_of(now, "name"));
    snprintf(row->state, sizeof(row->state), "%s", text_of(now, "state"));
    row->waits = describe_waits(now);
    row->pid = (pid_t)(count_of(now, "pid") > 0 ? count_of(now, "pid") : 0);
    row->in = count_of(now, "in");
    row->out = count_of(now, "out");
    row->dropped = count_of(now, "dropped");
    row->unmatched = count_of(now, "unmatched");
    row->refused = count_of(now, "refused");
    row->errors = count_of(now, "errors");
    row->restarts = count_of(now, "restarts");
    read_queues(row, now);
    read_speeds(row, now, then, seconds);
    read_percentiles(now, then, "work", row->work_ms);
    read_percentiles(now, then, "age", row->age_ms);
    read_process(row, find_row(before, row->name), then ? seconds : 0, looks_closer);
}

void vf_top_sample_init(struct vf_top_sample *sample, json_t *answer,
                        const struct vf_top_sample *before, bool looks_closer)
{
    const json_t *rows = json_object_get(answer, "rows");
    double since_start = json_number_value(json_object_get(answer, "seconds"));
    *sample = (struct vf_top_sample){
        .answer = answer,
        .at_s = json_number_value(json_object_get(answer, "now_ns")) / VF_NS_PER_S,
        .rows = calloc(json_array_size(rows) + 1, sizeof(*sample->rows)),
    };
    double seconds = before->answer ? sample->at_s - before->at_s : since_start;
    for (size_t i = 0; sample->rows && i < json_array_size(rows); i++) {
        init_row(&sample->rows[sample->count++], json_array_get(rows, i), before, seconds,
                 looks_closer);
        sample->has_gpus =
            sample->has_gpus || json_is_string(json_object_get(json_array_get(rows, i), "gpu"));
    }
}

void vf_top_sample_add_gpus(struct vf_top_sample *sample, struct vf_gpu_usage *usage)
{
    vf_gpu_usage_look(usage);
    for (size_t i = 0; i < sample->count; i++) {
        struct vf_top_row *row = &sample->rows[i];
        if (row->pid)
            (void)vf_gpu_usage_of(usage, row->pid, &row->gpu_bytes, &row->gpu);
    }
}

void vf_top_sample_finish(struct vf_top_sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        free(sample->rows[i].waits);
    free(sample->rows);
    json_decref(sample->answer);
    *sample = (struct vf_top_sample){0};
}

/* A number, or null where it is negative. */
static json_t *known(double number)
{
    return number < 0 ? json_null() : json_real(number);
}

static json_t *known_count(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

static json_t *describe_percentiles(const double milliseconds[VF_TOP_PERCENTILES])
{
    return json_pack("{so so so}", "p50", known(milliseconds[0]), "p95", known(milliseconds[1]),
                     "p99", known(milliseconds[2]));
}

static json_t *describe_row(const struct vf_top_row *row, const json_t *from)
{
    json_t *object =
        json_pack("{ss ss ss so so so so so so}", "name", row->name, "state", row->state, "waits",
                  row->waits ? row->waits : "", "pid", known_count(row->pid ? row->pid : -1), "fps",
                  known(row->fps), "busy", known(row->busy), "cpu", known(row->cpu), "work_ms",
                  describe_percentiles(row->work_ms), "age_ms", describe_percentiles(row->age_ms));
    json_t *counts =
        json_pack("{so so so so so so so so so so so sO}", "in", known_count(row->in), "out",
                  known_count(row->out), "dropped", known_count(row->dropped), "unmatched",
                  known_count(row->unmatched), "refused", known_count(row->refused), "errors",
                  known_count(row->errors), "restarts", known_count(row->restarts), "rss_bytes",
                  known_count(row->rss_bytes), "pss_bytes", known_count(row->pss_bytes), "gpu",
                  known(row->gpu), "gpu_bytes", known_count(row->gpu_bytes), "queues",
                  json_object_get(from, "queues"));
    if (object && counts)
        json_object_update(object, counts);
    json_decref(counts);
    return object;
}

json_t *vf_top_sample_json(const struct vf_top_sample *sample)
{
    json_t *object = json_copy(sample->answer), *rows = json_array();
    const json_t *from = json_object_get(sample->answer, "rows");
    for (size_t i = 0; i < sample->count; i++)
        json_array_append_new(rows, describe_row(&sample->rows[i], json_array_get(from, i)));
    json_object_del(object, "ok");
    json_object_del(object, "now_ns");
    json_object_set_new(object, "rows", rows);
    return object;
}
