/* SPDX-License-Identifier: MIT */
#include "cmd/report/outline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/html.h"

size_t vf_outline_task_of(const json_t *tasks, const char *port)
{
    size_t found = VF_OUTLINE_NOBODY, longest = 0;
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        const char *name = vf_html_text_of(json_array_get(tasks, i), "name");
        size_t length = strlen(name); /* names may have points, too */
        if (length > longest && strncmp(port, name, length) == 0 && port[length] == '.') {
            longest = length;
            found = i;
        }
    }
    return found;
}

/* Sums up what a task had on its ports. */
static uint64_t sum_of(const json_t *ports)
{
    uint64_t sum = 0;
    const char *name;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)ports, name, count)
    {
        sum += json_integer_value(count) > 0 ? (uint64_t)json_integer_value(count) : 0;
    }
    return sum;
}

static bool has_failed(const json_t *task)
{
    const json_t *status = json_object_get(task, "exit_status");
    return json_integer_value(status) > 0 || json_is_integer(json_object_get(task, "signal"));
}

static void read_task(struct vf_outline_task *task, const struct vf_outline *outline,
                      const json_t *facts)
{
    const json_t *in = json_object_get(facts, "in"), *out = json_object_get(facts, "out");
    *task = (struct vf_outline_task){
        .facts = facts,
        .name = vf_html_text_of(facts, "name"),
        .in = sum_of(in),
        .out = sum_of(out),
        .has_in = json_object_size(in) > 0,
        .has_out = json_object_size(out) > 0,
        .has_failed = has_failed(facts),
    };
    task->history = json_object_get(json_object_get(outline->history, "tasks"), task->name);
}

static void read_edge(struct vf_outline_edge *edge, const json_t *tasks, const json_t *facts)
{
    *edge = (struct vf_outline_edge){
        .facts = facts,
        .from = vf_outline_task_of(tasks, vf_html_text_of(facts, "from")),
        .to = vf_outline_task_of(tasks, vf_html_text_of(facts, "to")),
        .dropped =
            vf_html_count_of(facts, "dropped_newest") + vf_html_count_of(facts, "dropped_oldest"),
    };
}

/* Finds the samples whose time rises, as it does unless somebody has written the file himself. */
static void read_times(struct vf_outline *outline)
{
    outline->history = json_object_get(outline->report, "history");
    outline->times = json_object_get(outline->history, "t");
    outline->from = outline->to = vf_html_number_of(outline->history, "from");
    for (size_t i = 0; i < json_array_size(outline->times); i++) {
        double end = vf_outline_value(outline->times, i);
        if (!(end > outline->to))
            break;
        outline->to = end;
        outline->sample_count++;
    }
}

int vf_outline_init(struct vf_outline *outline, const json_t *report)
{
    const json_t *tasks = json_object_get(report, "tasks"),
                 *edges = json_object_get(report, "edges");
    *outline = (struct vf_outline){
        .report = report,
        .tasks = calloc(json_array_size(tasks) + 1, sizeof(*outline->tasks)),
        .edges = calloc(json_array_size(edges) + 1, sizeof(*outline->edges)),
    };
    if (!outline->tasks || !outline->edges) {
        vf_outline_finish(outline);
        return -ENOMEM;
    }
    read_times(outline);
    for (size_t i = 0; i < json_array_size(tasks); i++)
        read_task(&outline->tasks[outline->task_count++], outline, json_array_get(tasks, i));
    for (size_t i = 0; i < json_array_size(edges); i++)
        read_edge(&outline->edges[outline->edge_count++], tasks, json_array_get(edges, i));
    return VF_OK;
}

void vf_outline_finish(struct vf_outline *outline)
{
    free(outline->tasks);
    free(outline->edges);
    *outline = (struct vf_outline){0};
}

static double place_of(const struct vf_outline *outline, double seconds)
{
    return outline->to > outline->from ? (seconds - outline->from) / (outline->to - outline->from)
                                       : 0;
}

double vf_outline_begin(const struct vf_outline *outline, size_t i)
{
    return i ? place_of(outline, vf_outline_value(outline->times, i - 1)) : 0;
}

double vf_outline_end(const struct vf_outline *outline, size_t i)
{
    return place_of(outline, vf_outline_value(outline->times, i));
}

double vf_outline_value(const json_t *column, size_t i)
{
    const json_t *value = json_array_get(column, i);
    return json_is_number(value) ? json_number_value(value) : -1;
}
