/* SPDX-License-Identifier: MIT */
#include "engine/account/figures.h"

#include <math.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/account/progress.h"
#include "engine/account/report.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/edge/page/task_page.h"

#define FIRST_BOUND 14 /* 2^14 ns */
#define NUMBER_SIZE 16

/* What a figure is read of: the run, one of its tasks, or one of its edges. */
struct subject {
    const struct vf_figures *figures;
    const struct vf_plan_task *task;
    const struct vf_task_page *page; /* of the task */
    const struct vf_plan_edge *edge;
};

enum scope { OF_RUN, OF_TASK, OF_EDGE };

/* A figure, and how it is read. Where it is several points for one subject, `label` tells them apart
 * by `variants`. `read` fills in the point of one variant, and returns false where there is none. */
struct row {
    enum scope scope;
    struct vf_figure figure;
    bool (*read)(const struct subject *subject, size_t variant, struct vf_figure_point *point);
    const char *label;
    const char *const *variants;
    size_t variant_count; /* 0: there are none */
};

static const char *const run_states[] = {"starting", "running", "stopping", "ended"};
static const char *const drop_reasons[] = {"newest", "oldest", "unmatched", "refused"};
static const char *const uses_of_time[] = {"busy", "waiting", "blocked"};
static const char *const task_states[] = {"starting", "opening",   "busy", "waiting",
                                          "blocked",  "finishing", "ended"};
_Static_assert(VF_COUNT(task_states) == VF_TASK_STATES, "a name for each state");

static void add_label(struct vf_figure_point *point, const char *name, const char *value)
{
    if (point->label_count < VF_FIGURE_LABELS)
        point->labels[point->label_count++] = (struct vf_figure_label){name, value};
}

static const char *mode_name(const struct vf_plan *plan)
{
    return plan->mode == VF_MODE_REALTIME ? "realtime" : "batch";
}

static bool read_build(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    (void)subject, (void)variant;
    add_label(point, "version", VF_VERSION);
    point->whole = 1;
    return true;
}

static bool read_info(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    const struct vf_figures *figures = subject->figures;
    (void)variant;
    add_label(point, "name", figures->name ? figures->name : "");
    add_label(point, "mode", mode_name(figures->plan));
    add_label(point, "flow", figures->plan->file ? figures->plan->file : "");
    point->whole = 1;
    return true;
}

static bool read_start(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    (void)variant;
    point->real = (double)subject->figures->since_1970_ns / VF_NS_PER_S;
    return subject->figures->since_1970_ns > 0;
}

static bool read_run_state(const struct subject *subject, size_t variant,
                           struct vf_figure_point *point)
{
    point->whole = strcmp(vf_figures_state(subject->figures), run_states[variant]) == 0;
    return true;
}

static bool read_progress(const struct subject *subject, size_t variant,
                          struct vf_figure_point *point)
{
    (void)variant;
    point->real = vf_progress_part(subject->figures->plan, subject->figures->memory);
    return point->real >= 0;
}

static bool read_frames(const struct subject *subject, size_t variant,
                        struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_progress_frames(subject->figures->plan, subject->figures->memory);
    return true;
}

static const char *kind_name(const struct vf_plan_task *task)
{
    if (task->node->kind == VF_PRODUCER)
        return "producer";
    return task->node->kind == VF_PROCESSOR ? "processor" : "consumer";
}

static bool read_task(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    const struct vf_plan_task *task = subject->task;
    (void)variant;
    add_label(point, "type", task->node->name);
    add_label(point, "kind", kind_name(task));
    add_label(point, "gpu", task->gpu_id ? task->gpu_id : "");
    point->whole = 1;
    return true;
}

static bool read_task_state(const struct subject *subject, size_t variant,
                            struct vf_figure_point *point)
{
    point->whole = atomic_load_explicit(&subject->page->state, memory_order_relaxed) == variant;
    return true;
}

static bool read_in(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    struct vf_task_figures task = vf_report_figures(subject->task, subject->figures->memory);
    (void)variant;
    point->whole = task.in;
    return task.has_in;
}

static bool read_out(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    struct vf_task_figures task = vf_report_figures(subject->task, subject->figures->memory);
    (void)variant;
    point->whole = task.out;
    return task.has_out;
}

static bool read_errors(const struct subject *subject, size_t variant,
                        struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_page_load(&subject->page->errors);
    return true;
}

static bool read_failed(const struct subject *subject, size_t variant,
                        struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_page_load(&subject->page->failed);
    return true;
}

static bool read_set_aside(const struct subject *subject, size_t variant,
                           struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_page_load(&subject->page->set_aside);
    return true;
}

static bool read_restarts(const struct subject *subject, size_t variant,
                          struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_run_memory_restarts(subject->figures->memory, subject->task->id);
    return true;
}

static double seconds(const _Atomic int64_t *time_ns)
{
    return (double)atomic_load_explicit(time_ns, memory_order_relaxed) / VF_NS_PER_S;
}

static bool read_time(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    const struct vf_task_page *page = subject->page;
    const _Atomic int64_t *const times[] = {&page->busy_ns, &page->waiting_ns, &page->blocked_ns};
    point->real = seconds(times[variant]);
    return true;
}

static void read_histogram(const struct vf_histogram *histogram, struct vf_figure_point *point)
{
    uint64_t counts[VF_HISTOGRAM_CLASSES];
    unsigned number = 0;
    point->real = (double)vf_page_load(&histogram->sum_ns) / VF_NS_PER_S;
    vf_histogram_read(histogram, counts);
    for (unsigned i = 0; i <= VF_FIGURE_BOUNDS; i++) {
        unsigned end = i < VF_FIGURE_BOUNDS ? vf_histogram_class(1LL << (FIRST_BOUND + i))
                                            : VF_HISTOGRAM_CLASSES;
        while (number < end)
            point->buckets[i] += counts[number++];
    }
}

static bool read_work(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    (void)variant;
    read_histogram(&subject->page->work, point);
    return true;
}

static bool read_age(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    (void)variant;
    read_histogram(&subject->page->age, point);
    return subject->task->node->kind != VF_PRODUCER; /* what it makes is new */
}

static bool read_media_time(const struct subject *subject, size_t variant,
                            struct vf_figure_point *point)
{
    (void)variant;
    point->real =
        (double)atomic_load_explicit(&subject->page->media_us, memory_order_relaxed) / 1e6;
    return point->real > 0;
}

static bool read_planned(const struct subject *subject, size_t variant,
                         struct vf_figure_point *point)
{
    (void)variant;
    point->whole = subject->task->memory;
    return subject->task->is_memory_known;
}

static bool read_touched(const struct subject *subject, size_t variant,
                         struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_page_load(&subject->page->touched_bytes);
    return true;
}

static bool read_published(const struct subject *subject, size_t variant,
                           struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_ledger_edge(subject->figures->memory, subject->edge).published;
    return true;
}

static bool read_taken(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_ledger_edge(subject->figures->memory, subject->edge).taken;
    return true;
}

static bool read_dropped(const struct subject *subject, size_t variant,
                         struct vf_figure_point *point)
{
    struct vf_edge_account account = vf_ledger_edge(subject->figures->memory, subject->edge);
    const uint64_t counts[] = {account.dropped_newest, account.dropped_oldest, account.unmatched,
                               account.refused};
    point->whole = counts[variant];
    return true;
}

static bool read_waiting(const struct subject *subject, size_t variant,
                         struct vf_figure_point *point)
{
    (void)variant;
    point->whole = vf_ledger_edge(subject->figures->memory, subject->edge).unread;
    return true;
}

static bool read_length(const struct subject *subject, size_t variant,
                        struct vf_figure_point *point)
{
    (void)variant;
    point->whole = subject->edge->depth;
    return true;
}

static bool read_fill(const struct subject *subject, size_t variant, struct vf_figure_point *point)
{
    uint64_t waiting = vf_ledger_edge(subject->figures->memory, subject->edge).unread;
    (void)variant;
    if (!subject->edge->depth)
        return false;
    point->real = (double)waiting / subject->edge->depth;
    return true;
}

static const struct row rows[] = {
    {OF_RUN,
     {"vflow_build_info", NULL, "1", "Version of vflow; always 1.", VF_FIGURE_GAUGE},
     read_build},
    {OF_RUN,
     {"vflow_run_info", NULL, "1", "Name, mode and file of the run; always 1.", VF_FIGURE_GAUGE},
     read_info},
    {OF_RUN,
     {"vflow_run_start_time_seconds", NULL, "s", "When the run began, in seconds since 1970.",
      VF_FIGURE_GAUGE, .is_real = true},
     read_start},
    {OF_RUN,
     {"vflow_run_state", "vflow.run.state", "1",
      "State of the run: 1 for the one that it is in, 0 for the others.", VF_FIGURE_GAUGE},
     read_run_state,
     "state",
     run_states,
     VF_COUNT(run_states)},
    {OF_RUN,
     {"vflow_run_progress_ratio", "vflow.run.progress", "1",
      "Part of the input that has been read, 0 to 1; absent where nobody knows.", VF_FIGURE_GAUGE,
      .is_real = true},
     read_progress},
    {OF_RUN,
     {"vflow_run_frames_total", "vflow.run.frames", "{frame}",
      "Frames that have come out at the end of the flow.", VF_FIGURE_COUNTER},
     read_frames},
    {OF_TASK,
     {"vflow_task_info", "vflow.task.info", "1", "Type, kind and GPU of a task; always 1.",
      VF_FIGURE_GAUGE},
     read_task},
    {OF_TASK,
     {"vflow_task_state", "vflow.task.state", "1",
      "State of a task: 1 for the one that it is in, 0 for the others.", VF_FIGURE_GAUGE},
     read_task_state,
     "state",
     task_states,
     VF_COUNT(task_states)},
    {OF_TASK,
     {"vflow_task_frames_in_total", "vflow.task.frames.in", "{frame}",
      "Frames, or other messages, that a task has been given.", VF_FIGURE_COUNTER},
     read_in},
    {OF_TASK,
     {"vflow_task_frames_out_total", "vflow.task.frames.out", "{frame}",
      "Frames, or other messages, that a task has made.", VF_FIGURE_COUNTER},
     read_out},
    {OF_TASK,
     {"vflow_task_errors_total", "vflow.task.errors", "{error}",
      "Pieces of input that were corrupt or missing.", VF_FIGURE_COUNTER},
     read_errors},
    {OF_TASK,
     {"vflow_task_failed_total", "vflow.task.failed", "{frame}", "Inputs on which a task failed.",
      VF_FIGURE_COUNTER},
     read_failed},
    {OF_TASK,
     {"vflow_task_set_aside_total", "vflow.task.set_aside", "{frame}",
      "Inputs on which a task failed, and went on without them.", VF_FIGURE_COUNTER},
     read_set_aside},
    {OF_TASK,
     {"vflow_task_restarts_total", "vflow.task.restarts", "{restart}",
      "Times that a task was started again.", VF_FIGURE_COUNTER},
     read_restarts},
    {OF_TASK,
     {"vflow_task_time_seconds_total", "vflow.task.time", "s",
      "Time that a task has worked, waited for input, or been blocked by a full queue.",
      VF_FIGURE_COUNTER, .is_real = true},
     read_time,
     "use",
     uses_of_time,
     VF_COUNT(uses_of_time)},
    {OF_TASK,
     {"vflow_task_work_seconds", "vflow.task.work.duration", "s",
      "Time that one call of a task's node took.", VF_FIGURE_HISTOGRAM, .is_real = true},
     read_work},
    {OF_TASK,
     {"vflow_task_age_seconds", "vflow.task.age", "s",
      "Age of a frame when a task was done with it, since its producer made it.",
      VF_FIGURE_HISTOGRAM, .is_real = true},
     read_age},
    {OF_TASK,
     {"vflow_task_media_time_seconds", "vflow.task.media_time", "s",
      "Latest timestamp of what a task has been given, or has made.", VF_FIGURE_GAUGE,
      .is_real = true},
     read_media_time},
    {OF_TASK,
     {"vflow_task_memory_planned_bytes", "vflow.task.memory.planned", "By",
      "Memory that is planned for the frames of a task.", VF_FIGURE_GAUGE},
     read_planned},
    {OF_TASK,
     {"vflow_task_memory_touched_bytes", "vflow.task.memory.touched", "By",
      "Memory for frames that a task has used so far.", VF_FIGURE_GAUGE},
     read_touched},
    {OF_EDGE,
     {"vflow_edge_frames_total", "vflow.edge.frames", "{frame}",
      "Frames, or other messages, that were put into a queue.", VF_FIGURE_COUNTER},
     read_published},
    {OF_EDGE,
     {"vflow_edge_frames_taken_total", "vflow.edge.frames.taken", "{frame}",
      "Frames, or other messages, that the receiver has taken from a queue.", VF_FIGURE_COUNTER},
     read_taken},
    {OF_EDGE,
     {"vflow_edge_dropped_total", "vflow.edge.dropped", "{frame}",
      "Frames, or other messages, that did not reach the receiver.", VF_FIGURE_COUNTER},
     read_dropped,
     "reason",
     drop_reasons,
     VF_COUNT(drop_reasons)},
    {OF_EDGE,
     {"vflow_edge_queue_frames", "vflow.edge.queue.frames", "{frame}",
      "Frames, or other messages, that wait in a queue.", VF_FIGURE_GAUGE},
     read_waiting},
    {OF_EDGE,
     {"vflow_edge_queue_length_frames", "vflow.edge.queue.length", "{frame}",
      "Frames, or other messages, that may wait in a queue.", VF_FIGURE_GAUGE},
     read_length},
    {OF_EDGE,
     {"vflow_edge_queue_fill_ratio", "vflow.edge.queue.fill", "1",
      "Part of a queue that is full, 0 to 1.", VF_FIGURE_GAUGE, .is_real = true},
     read_fill},
};

static void add_points(const struct row *row, const struct subject *subject,
                       const struct vf_figure_point *labelled,
                       const struct vf_figures_reader *reader)
{
    for (size_t i = 0; i < (row->variant_count ? row->variant_count : 1); i++) {
        struct vf_figure_point point = *labelled;
        if (row->variant_count)
            add_label(&point, row->label, row->variants[i]);
        if (row->read(subject, i, &point))
            reader->add(reader->context, &row->figure, &point);
    }
}

/* A task that has left gives its name to the one that has come in its place (change.h). */
static bool is_replaced(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    bool is_named = false;
    for (size_t i = 0; i < plan->task_count && task->is_leaving; i++)
        is_named = is_named || (i + 1 > task->id && strcmp(plan->tasks[i].name, task->name) == 0);
    return is_named;
}

static void read_tasks(const struct vf_figures *figures, const struct row *row,
                       const struct vf_figures_reader *reader)
{
    for (size_t i = 0; i < figures->plan->task_count; i++) {
        const struct vf_plan_task *task = &figures->plan->tasks[i];
        struct subject subject = {.figures = figures,
                                  .task = task,
                                  .page = vf_run_memory_page(figures->memory, task->id)};
        struct vf_figure_point point = {0};
        if (!vf_plan_is_here(figures->plan, task) || is_replaced(figures->plan, task))
            continue;
        add_label(&point, "task", task->name);
        add_points(row, &subject, &point, reader);
    }
}

static void read_edges(const struct vf_figures *figures, const struct row *row,
                       const struct vf_figures_reader *reader)
{
    for (size_t i = 0; i < figures->plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &figures->plan->edges[i];
        const struct vf_plan_task *sender = vf_plan_sender(figures->plan, edge);
        const struct vf_plan_task *receiver = vf_plan_receiver(figures->plan, edge);
        struct subject subject = {.figures = figures, .edge = edge};
        struct vf_figure_point point = {0};
        char id[NUMBER_SIZE];
        if (!vf_plan_is_here(figures->plan, sender))
            continue;
        snprintf(id, sizeof(id), "%u", edge->id);
        add_label(&point, "edge", id);
        add_label(&point, "from", sender->name);
        add_label(&point, "port", sender->node->outputs.items[edge->sender_port].name);
        add_label(&point, "to", receiver->name);
        add_label(&point, "input", receiver->node->inputs.items[edge->input_port].name);
        add_points(row, &subject, &point, reader);
    }
}

void vf_figures_read(const struct vf_figures *figures, const struct vf_figures_reader *reader)
{
    for (size_t i = 0; i < VF_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const struct subject run = {.figures = figures};
        reader->begin(reader->context, &row->figure);
        if (row->scope == OF_RUN)
            add_points(row, &run, &(struct vf_figure_point){0}, reader);
        else if (row->scope == OF_TASK)
            read_tasks(figures, row, reader);
        else
            read_edges(figures, row, reader);
    }
}

double vf_figures_bound(size_t number)
{
    return ldexp(1, FIRST_BOUND + (int)number) / VF_NS_PER_S;
}

const char *vf_figures_state(const struct vf_figures *figures)
{
    bool are_over = true;
    for (size_t i = 0; i < figures->plan->task_count; i++) {
        const struct vf_task_page *page =
            vf_run_memory_page(figures->memory, figures->plan->tasks[i].id);
        are_over = are_over && atomic_load(&page->state) == VF_TASK_ENDED;
    }
    return are_over ? "ended" : vf_run_state_name(vf_run_memory_state(figures->memory));
}
