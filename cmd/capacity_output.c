/* SPDX-License-Identifier: MIT */
#include "cmd/capacity_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/columns.h"
#include "engine/base/text.h"

#define MEGABYTE 1e6
#define MILLISECONDS 1e3
#define LEAST_NAME 4 /* columns of "task" and "type" */

/* What limits, and who needs most of it. */
struct finding {
    bool is_limited; /* some number of streams was too many */
    enum vf_capacity_limit limit;
    const char *task;
    size_t index; /* of it */
};

/* Returns the try with the smallest number that was too many; NULL: there is none. */
static const struct vf_capacity_verdict *find_failed(const struct vf_capacity_result *result)
{
    for (size_t i = 0; i < result->try_count; i++) {
        if (result->tries[i].streams == result->search.failed && !result->tries[i].has_passed)
            return &result->tries[i];
    }
    return NULL;
}

static size_t index_of(const struct vf_capacity_result *result, const char *task, size_t otherwise)
{
    for (size_t i = 0; i < result->measure.load.count && task; i++) {
        if (strcmp(result->measure.names[i], task) == 0)
            return i;
    }
    return otherwise;
}

static struct finding find_limit(const struct vf_capacity_result *result)
{
    const struct vf_capacity_verdict *failed = find_failed(result);
    struct finding finding = {.limit = VF_CAPACITY_NOTHING, .is_limited = failed != NULL};
    if (!failed)
        return finding;
    finding.limit = vf_capacity_limit_at(&result->forecast, &result->measure.load, &result->machine,
                                         failed->streams);
    finding.index = vf_capacity_largest(&result->forecast, &result->measure.load, finding.limit);
    if (finding.limit == VF_CAPACITY_TASK && result->forecast.limit != VF_CAPACITY_TASK)
        finding.index = index_of(result, failed->task, finding.index);
    finding.task = result->measure.load.count ? result->measure.names[finding.index] : NULL;
    return finding;
}

/* Adds why a try failed. */
static void print_reason(struct vf_text *text, const struct vf_capacity_verdict *verdict)
{
    if (verdict->failure)
        vf_text_print(text, "%s", verdict->failure);
    else if (verdict->dropped)
        vf_text_print(text, "%s did not keep up; messages to it that were dropped: %" PRIu64,
                      verdict->task, verdict->dropped);
    else if (verdict->task)
        vf_text_print(text, "%s was %.1f s late in the end", verdict->task, verdict->late_seconds);
    else
        vf_text_print(text, "it was not over in time");
}

static const char *plural(double count)
{
    return count == 1 ? "" : "s";
}

void vf_capacity_print_try(const struct vf_capacity_verdict *verdict, double fps)
{
    struct vf_text reason = {0};
    if (!verdict->has_passed)
        print_reason(&reason, verdict);
    fprintf(stderr, "%u stream%s at %g fps: %s%s\n", verdict->streams, plural(verdict->streams),
            fps,
            verdict->has_passed ? "all kept up" : "too many: ", reason.bytes ? reason.bytes : "");
    vf_text_finish(&reason);
}

static void print_tasks(const struct vf_capacity_result *result)
{
    const struct vf_capacity_measure *measure = &result->measure;
    size_t name = LEAST_NAME, type = LEAST_NAME;
    for (size_t i = 0; i < measure->load.count; i++) {
        size_t wide = vf_columns_of(measure->names[i]), long_type = strlen(measure->types[i]);
        name = wide > name ? wide : name;
        type = long_type > type ? long_type : type;
    }
    printf("\n%-*s  %-*s %14s %10s %12s\n", (int)name, "task", (int)type, "type", "ms processor",
           "ms busy", "alone");
    for (size_t i = 0; i < measure->load.count; i++) {
        const struct vf_capacity_task *task = &measure->tasks[i];
        struct vf_text row = {0};
        double seconds = vf_capacity_frame_seconds(&measure->load, i);
        vf_columns_pad(&row, measure->names[i], name);
        printf("%s  %-*s %14.2f %10.2f", row.bytes ? row.bytes : "", (int)type, measure->types[i],
               task->processor_seconds * MILLISECONDS, task->busy_seconds * MILLISECONDS);
        if (seconds > 1e-6)
            printf(" %8.0f fps\n", 1 / seconds);
        else
            printf(" %12s\n", "-");
        vf_text_finish(&row);
    }
}

static void print_needs(const struct vf_capacity_result *result)
{
    uint64_t needs = result->measure.load.memory_bytes, has = result->machine.memory_bytes;
    printf("\nA stream needs %.2f of %g processor%s", result->forecast.processors_per_stream,
           result->machine.processors, plural(result->machine.processors));
    if (result->machine.gpus)
        printf(", %.2f of %u GPU%s", result->forecast.gpus_per_stream, result->machine.gpus,
               plural(result->machine.gpus));
    if (needs && has)
        printf(", and %.0f MB of %.0f MB of memory", (double)needs / MEGABYTE,
               (double)has / MEGABYTE);
    if (result->forecast.streams < VF_CAPACITY_MOST)
        printf("; foreseen: %u stream%s", result->forecast.streams,
               plural(result->forecast.streams));
    puts(".");
}

static double share_of(const struct vf_capacity_result *result, size_t index)
{
    double all = result->forecast.processors_per_stream;
    double own = result->measure.tasks[index].processor_seconds * result->pace.fps;
    return all > 0 ? 100 * own / all : 0;
}

static void print_processors(const struct vf_capacity_result *result, const struct finding *finding)
{
    unsigned failed = result->search.failed;
    const char *task = finding->task ? finding->task : "?";
    if (!vf_capacity_uses_processors(&result->forecast, &result->machine, failed))
        printf("%u streams should need only %.1f processors: other programs use them as well, or "
               "the streams wait for a disk or a GPU that they share.\n",
               failed, failed * result->forecast.processors_per_stream);
    printf("The processors limit: %.0f %% of what a stream needs of them goes to %s. Smaller "
           "frames, a lower rate, a faster setting of %s or more processors would help.\n",
           share_of(result, finding->index), task, task);
}

static void print_limit(const struct vf_capacity_result *result)
{
    struct finding finding = find_limit(result);
    const char *task = finding.task ? finding.task : "?";
    if (!finding.is_limited) {
        printf("More than %u were not tried: --max sets how many are.\n", result->search.most);
        return;
    }
    switch (finding.limit) {
    case VF_CAPACITY_PROCESSORS:
        print_processors(result, &finding);
        break;
    case VF_CAPACITY_MEMORY:
        printf("The memory limits: %s needs most of it. Shorter queues, smaller frames or more "
               "memory would help.\n",
               task);
        break;
    case VF_CAPACITY_GPUS:
        printf("The GPUs limit: most of what a stream needs of them goes to %s, as long as it is "
               "taken to use one whenever it is busy. Smaller frames, a lower rate or more GPUs "
               "would help.\n",
               task);
        break;
    case VF_CAPACITY_TASK:
        printf("The task %s limits: alone it does %.1f fps at most. A lower rate, smaller frames, "
               "a faster setting, or replicas of it, would help.\n",
               task, 1 / vf_capacity_frame_seconds(&result->measure.load, finding.index));
        break;
    case VF_CAPACITY_NOTHING:
        break;
    }
}

void vf_capacity_print(const struct vf_capacity_result *result)
{
    unsigned streams = result->search.passed;
    bool is_least = streams && !result->search.failed;
    printf("%s: %s%u stream%s at %g fps\n", result->file, is_least ? "at least " : "", streams,
           plural(streams), result->pace.fps);
    print_tasks(result);
    print_needs(result);
    print_limit(result);
}

static json_t *describe_tasks(const struct vf_capacity_result *result)
{
    const struct vf_capacity_measure *measure = &result->measure;
    json_t *tasks = json_array();
    for (size_t i = 0; i < measure->load.count; i++) {
        const struct vf_capacity_task *task = &measure->tasks[i];
        double seconds = vf_capacity_frame_seconds(&measure->load, i);
        json_t *highest = seconds > 0 ? json_real(1 / seconds) : json_null();
        json_array_append_new(
            tasks, json_pack("{s:s, s:s, s:f, s:f, s:I, s:o}", "name", measure->names[i], "type",
                             measure->types[i], "cpu_seconds_per_frame", task->processor_seconds,
                             "busy_seconds_per_frame", task->busy_seconds, "peak_bytes",
                             (json_int_t)task->memory_bytes, "highest_fps", highest));
    }
    return tasks;
}

static json_t *describe_tries(const struct vf_capacity_result *result)
{
    json_t *tries = json_array();
    for (size_t i = 0; i < result->try_count; i++) {
        const struct vf_capacity_verdict *verdict = &result->tries[i];
        json_array_append_new(tries, json_pack("{s:i, s:b, s:s?, s:I, s:f, s:s?}", "streams",
                                               (int)verdict->streams, "passed", verdict->has_passed,
                                               "task", verdict->task, "dropped",
                                               (json_int_t)verdict->dropped, "late_seconds",
                                               verdict->late_seconds, "failure", verdict->failure));
    }
    return tries;
}

static json_t *describe_limit(const struct vf_capacity_result *result)
{
    static const char *const names[] = {[VF_CAPACITY_TASK] = "task",
                                        [VF_CAPACITY_PROCESSORS] = "processors",
                                        [VF_CAPACITY_MEMORY] = "memory",
                                        [VF_CAPACITY_GPUS] = "gpus"};
    struct finding finding = find_limit(result);
    if (!finding.is_limited)
        return json_null();
    return json_pack("{s:s, s:s?}", "what", names[finding.limit], "task", finding.task);
}

static json_t *count_or_null(uint64_t count)
{
    return count ? json_integer((json_int_t)count) : json_null();
}

int vf_capacity_print_json(const struct vf_capacity_result *result)
{
    const struct vf_capacity_forecast *forecast = &result->forecast;
    bool is_foreseen = forecast->streams < VF_CAPACITY_MOST;
    json_t *foreseen = is_foreseen ? json_integer(forecast->streams) : json_null();
    json_t *object =
        json_pack("{s:s, s:f, s:f, s:i, s:b, s:o, s:o, s:{s:f, s:f}, s:{s:i, s:f}, "
                  "s:{s:o, s:o}, s:o, s:o}",
                  "file", result->file, "fps", result->pace.fps, "seconds", result->pace.seconds,
                  "streams", (int)result->search.passed, "is_largest", result->search.failed > 0,
                  "foreseen", foreseen, "limit", describe_limit(result), "processors", "available",
                  result->machine.processors, "per_stream", forecast->processors_per_stream, "gpus",
                  "available", (int)result->machine.gpus, "per_stream", forecast->gpus_per_stream,
                  "memory", "available_bytes", count_or_null(result->machine.memory_bytes),
                  "per_stream_bytes", count_or_null(result->measure.load.memory_bytes), "tasks",
                  describe_tasks(result), "tries", describe_tries(result));
    bool is_printed =
        object && json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    putchar('\n');
    json_decref(object);
    return is_printed ? VF_OK : -ENOMEM;
}
