/* SPDX-License-Identifier: MIT */
#include "engine/account/run_history.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/account/progress.h"
#include "engine/account/report.h"
#include "engine/base/clock.h"
#include "engine/base/histogram.h"

#define AT_WORK 0.5 /* of the time, a producer does not wait for its source */
#define USUAL_INTERVAL_NS (500 * VF_NS_PER_MS)

static const double percentiles[VF_RUN_HISTORY_PERCENTILES] = {0.5, 0.95, 0.99};

/* Where the time of a task goes. */
enum use { USE_BUSY, USE_WAITING, USE_BLOCKED, USE_OPENING, USE_COUNT };

/* All counts are sums since the start: the difference of two records is what came in between. */
struct task_record {
    int64_t used_ns[USE_COUNT];
    uint64_t in, out, dropped, errors;
    uint32_t state, activity, restarts;
    pid_t pid;
    bool lacks_process; /* it has died, or has not been started */
    unsigned waits[VF_RUN_HISTORY_WAITS];
    size_t wait_count;
    float work_ms[VF_RUN_HISTORY_PERCENTILES], age_ms[VF_RUN_HISTORY_PERCENTILES];
};

struct edge_record {
    uint64_t gone, waiting, dropped; /* gone: off the queue to the receiver */
};

struct record {
    struct vf_run_history_moment moment; /* without what is of the interval */
    struct task_record *tasks;           /* task id i at [i - 1] */
    struct edge_record *edges;
    size_t task_count, edge_count; /* of the plan at that time; the room may be more */
};

/* The interval that a sample is of. */
struct span {
    int64_t begin_ns, end_ns;
};

/* What had been counted by the last sample. */
struct counted {
    uint64_t work[VF_HISTOGRAM_CLASSES], age[VF_HISTOGRAM_CLASSES];
};

struct vf_run_history {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    struct vf_run_history_settings settings;
    struct vf_progress_track *track;
    struct record *records; /* a ring of most + 1: the interval of the oldest sample begins with */
    size_t first, count;    /* the record before it */
    size_t task_room, edge_room; /* of each record */
    struct task_record *tasks;   /* of all records */
    struct edge_record *edges;
    struct counted *counted; /* by task */
};

static size_t room_for_records(const struct vf_run_history *history)
{
    return history->settings.most + 1;
}

static struct record *record_at(const struct vf_run_history *history, size_t i)
{
    return &history->records[(history->first + i) % room_for_records(history)];
}

/* Gives each record its part of the memory for tasks and edges, and copies what it had. */
static void move_in(const struct vf_run_history *history, struct task_record *tasks,
                    struct edge_record *edges, size_t task_room, size_t edge_room)
{
    for (size_t i = 0; i < room_for_records(history); i++) {
        struct record *record = &history->records[i];
        struct task_record *own_tasks = tasks + i * task_room;
        struct edge_record *own_edges = edges + i * edge_room;
        if (record->task_count)
            memcpy(own_tasks, record->tasks, record->task_count * sizeof(*own_tasks));
        if (record->edge_count)
            memcpy(own_edges, record->edges, record->edge_count * sizeof(*own_edges));
        record->tasks = own_tasks;
        record->edges = own_edges;
    }
}

/* Makes room for all tasks and edges of the plan. */
static int make_room(struct vf_run_history *history)
{
    size_t task_room = history->plan->task_count + 1, edge_room = history->plan->edge_count + 1;
    size_t records = room_for_records(history);
    if (task_room <= history->task_room && edge_room <= history->edge_room)
        return VF_OK;
    assert(records * task_room > 0 && records * edge_room > 0);
    struct task_record *tasks = calloc(records * task_room, sizeof(*tasks));
    struct edge_record *edges = calloc(records * edge_room, sizeof(*edges));
    struct counted *counted = realloc(history->counted, task_room * sizeof(*counted));
    struct vf_progress_track *track = NULL;
    int err = vf_progress_track_create(&track, history->plan, history->memory,
                                       history->settings.started_ns);
    if (counted) {
        history->counted = counted;
        memset(counted + history->task_room, 0,
               (task_room - history->task_room) * sizeof(*counted));
    }
    if (!tasks || !edges || !counted || err) {
        free(tasks);
        free(edges);
        vf_progress_track_destroy(&track);
        return -ENOMEM;
    }
    move_in(history, tasks, edges, task_room, edge_room);
    free(history->tasks);
    free(history->edges);
    vf_progress_track_destroy(&history->track);
    history->track = track;
    history->tasks = tasks;
    history->edges = edges;
    history->task_room = task_room;
    history->edge_room = edge_room;
    return VF_OK;
}

static void read_percentiles(const struct vf_histogram *histogram,
                             uint64_t before[VF_HISTOGRAM_CLASSES],
                             float milliseconds[VF_RUN_HISTORY_PERCENTILES])
{
    uint64_t now[VF_HISTOGRAM_CLASSES];
    vf_histogram_read(histogram, now);
    for (size_t i = 0; i < VF_RUN_HISTORY_PERCENTILES; i++) {
        double duration_ns = vf_histogram_percentile(now, before, percentiles[i]);
        milliseconds[i] = duration_ns < 0 ? -1 : (float)(duration_ns / VF_NS_PER_MS);
    }
    memcpy(before, now, sizeof(now));
}

/* What a task is in the middle of: that is counted when it is over. */
static enum use use_of(const struct task_record *task)
{
    static const enum use uses[VF_TASK_STATES] = {
        [VF_TASK_STARTING] = USE_OPENING, [VF_TASK_OPENING] = USE_OPENING,
        [VF_TASK_BUSY] = USE_BUSY,        [VF_TASK_WAITING] = USE_WAITING,
        [VF_TASK_BLOCKED] = USE_BLOCKED,  [VF_TASK_FINISHING] = USE_BUSY,
        [VF_TASK_ENDED] = USE_COUNT,
    };
    enum use use = task->state < VF_TASK_STATES ? uses[task->state] : USE_COUNT;
    if (use < USE_COUNT && task->lacks_process)
        return USE_OPENING;
    bool is_idle = task->activity == VF_ACTIVITY_SILENT || task->activity == VF_ACTIVITY_PAUSED;
    return is_idle ? USE_WAITING : use; /* for its source */
}

/* Returns how much of the rest of an interval goes to what a task is in the middle of. How long a node
 * has been in its call is known; what else there is, it has waited. */
static int64_t present_of(const struct vf_task_page *page, const struct task_record *now,
                          int64_t now_ns, int64_t left_ns)
{
    int64_t call_ns = atomic_load_explicit(&page->call_ns, memory_order_relaxed);
    if (now->state != VF_TASK_BUSY || now->lacks_process)
        return left_ns;
    int64_t since_ns = call_ns > 0 && call_ns < now_ns ? now_ns - call_ns : 0;
    return since_ns < left_ns ? since_ns : left_ns;
}

/* Counts the time since the record before. What the task has counted itself comes first; the rest
 * goes to what it is doing now, and what it counts of that later is there already. */
static void read_times(const struct vf_task_page *page, const struct task_record *before,
                       const struct span *span, struct task_record *now)
{
    const int64_t counted_ns[USE_COUNT] = {
        [USE_BUSY] = atomic_load_explicit(&page->busy_ns, memory_order_relaxed),
        [USE_WAITING] = atomic_load_explicit(&page->waiting_ns, memory_order_relaxed),
        [USE_BLOCKED] = atomic_load_explicit(&page->blocked_ns, memory_order_relaxed),
    };
    int64_t left_ns = span->end_ns - span->begin_ns;
    enum use use = use_of(now);
    for (size_t i = 0; i < USE_COUNT; i++) {
        int64_t had_ns = before->used_ns[i];
        int64_t most_ns = counted_ns[i] > had_ns ? counted_ns[i] : had_ns;
        now->used_ns[i] = most_ns - had_ns > left_ns ? had_ns + left_ns : most_ns;
        left_ns -= now->used_ns[i] - had_ns;
    }
    if (use == USE_COUNT || left_ns <= 0)
        return;
    int64_t present_ns = present_of(page, now, span->end_ns, left_ns);
    now->used_ns[use] += present_ns;
    now->used_ns[USE_WAITING] += left_ns - present_ns;
}

static void read_waits(const struct vf_task_status *status, struct task_record *now)
{
    now->activity = status->activity;
    for (size_t i = 0; i < status->count && now->wait_count < VF_RUN_HISTORY_WAITS; i++) {
        bool is_there = false;
        for (size_t j = 0; j < now->wait_count; j++)
            is_there = is_there || now->waits[j] == status->waits[i].task;
        if (!is_there)
            now->waits[now->wait_count++] = status->waits[i].task;
    }
}

/* Reads a task into *now, which has what the record before says of it. */
static void read_task(struct vf_run_history *history, size_t task,
                      const struct vf_task_status *status, const struct span *span,
                      struct task_record *now)
{
    const struct vf_plan_task *planned = &history->plan->tasks[task];
    const struct vf_task_page *page = vf_run_memory_page(history->memory, planned->id);
    struct vf_task_figures figures = vf_report_figures(planned, history->memory);
    const struct task_record before = *now;
    *now = (struct task_record){
        .in = figures.in,
        .out = figures.out,
        .dropped = figures.dropped,
        .errors = figures.errors,
        .state = atomic_load(&page->state),
        .pid = vf_run_memory_process(history->memory, planned->id),
        .restarts = vf_run_memory_restarts(history->memory, planned->id),
    };
    now->lacks_process = !now->pid && vf_plan_is_here(history->plan, planned);
    read_waits(status, now);
    read_times(page, &before, span, now);
    read_percentiles(&page->work, history->counted[task].work, now->work_ms);
    read_percentiles(&page->age, history->counted[task].age, now->age_ms);
}

static void read_edge(const struct vf_run_history *history, size_t edge, struct edge_record *now)
{
    struct vf_edge_account account = vf_ledger_edge(history->memory, &history->plan->edges[edge]);
    uint64_t gone = account.taken + account.unmatched, all = gone + account.dropped_oldest;
    *now = (struct edge_record){
        .gone = gone,
        .waiting = account.published > all ? account.published - all : 0,
        .dropped = account.dropped_newest + account.dropped_oldest,
    };
}

static void read_run(struct vf_run_history *history, int64_t now_ns,
                     struct vf_run_history_moment *moment)
{
    struct vf_progress progress;
    vf_progress_track_note(history->track, now_ns);
    vf_progress_track_read(history->track, now_ns, &progress);
    *moment = (struct vf_run_history_moment){
        .at_ns = now_ns,
        .state = vf_run_memory_state(history->memory),
        .frames = progress.frames,
        .dropped = progress.dropped,
        .part = progress.part,
        .left_seconds = progress.left_seconds,
        .speed = progress.speed,
        .fps = progress.fps,
    };
}

/* Fills a record; `before` is the one before it, NULL: there is none. */
static int fill(struct vf_run_history *history, struct record *record, const struct record *before,
                int64_t now_ns)
{
    const struct vf_plan *plan = history->plan;
    const struct task_record nothing = {0};
    struct vf_wait_graph graph;
    int err = vf_wait_graph_init(&graph, plan, history->memory);
    if (err)
        return err;
    read_run(history, now_ns, &record->moment);
    const struct span span = {
        .begin_ns = before ? before->moment.at_ns : history->settings.started_ns, .end_ns = now_ns};
    for (size_t i = 0; i < plan->task_count; i++) {
        bool is_new = !before || i >= before->task_count;
        record->tasks[i] = is_new ? nothing : before->tasks[i];
        read_task(history, i, &graph.statuses[i], &span, &record->tasks[i]);
    }
    for (size_t i = 0; i < plan->edge_count; i++)
        read_edge(history, i, &record->edges[i]);
    record->task_count = plan->task_count;
    record->edge_count = plan->edge_count;
    vf_wait_graph_finish(&graph);
    return VF_OK;
}

int vf_run_history_create(struct vf_run_history **history, const struct vf_plan *plan,
                          const struct vf_run_memory *memory,
                          const struct vf_run_history_settings *settings)
{
    struct vf_run_history *made = calloc(1, sizeof(*made));
    *history = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->memory = memory;
    made->settings = *settings;
    if (!made->settings.interval_ns)
        made->settings.interval_ns = USUAL_INTERVAL_NS;
    made->records = calloc(room_for_records(made), sizeof(*made->records));
    int err = made->records ? make_room(made) : -ENOMEM;
    if (!err)
        err = fill(made, &made->records[0], NULL, settings->now_ns);
    if (err)
        vf_run_history_destroy(history);
    else
        made->count = 1;
    return err;
}

void vf_run_history_destroy(struct vf_run_history **history)
{
    struct vf_run_history *gone = *history;
    if (!gone)
        return;
    vf_progress_track_destroy(&gone->track);
    free(gone->records);
    free(gone->tasks);
    free(gone->edges);
    free(gone->counted);
    free(gone);
    *history = NULL;
}

static void keep_larger(float kept[VF_RUN_HISTORY_PERCENTILES],
                        const float other[VF_RUN_HISTORY_PERCENTILES])
{
    for (size_t i = 0; i < VF_RUN_HISTORY_PERCENTILES; i++)
        kept[i] = other[i] > kept[i] ? other[i] : kept[i];
}

/* Copies a record into another, whose memory stays its own. */
static void copy(struct record *to, const struct record *from)
{
    struct task_record *tasks = to->tasks;
    struct edge_record *edges = to->edges;
    memcpy(tasks, from->tasks, from->task_count * sizeof(*tasks));
    memcpy(edges, from->edges, from->edge_count * sizeof(*edges));
    *to = *from;
    to->tasks = tasks;
    to->edges = edges;
}

/* Makes one sample of each two. */
static void merge(struct vf_run_history *history)
{
    size_t kept = 1;
    for (size_t i = 2; i < history->count; i += 2) {
        const struct record *early = record_at(history, i - 1);
        struct record *late = record_at(history, i);
        for (size_t task = 0; task < early->task_count; task++) {
            keep_larger(late->tasks[task].work_ms, early->tasks[task].work_ms);
            keep_larger(late->tasks[task].age_ms, early->tasks[task].age_ms);
        }
        copy(record_at(history, kept++), late);
    }
    history->count = kept;
    history->settings.interval_ns *= 2;
}

bool vf_run_history_take(struct vf_run_history *history, int64_t now_ns)
{
    const struct record *last = record_at(history, history->count - 1);
    if (now_ns <= last->moment.at_ns || make_room(history) < 0)
        return false;
    if (history->count == room_for_records(history) &&
        history->settings.span == VF_RUN_HISTORY_WHOLE)
        merge(history);
    if (history->count == room_for_records(history)) {
        history->first = (history->first + 1) % room_for_records(history);
        history->count--;
    }
    last = record_at(history, history->count - 1);
    if (fill(history, record_at(history, history->count), last, now_ns) < 0)
        return false;
    history->count++;
    return true;
}

bool vf_run_history_note(struct vf_run_history *history, int64_t now_ns)
{
    return now_ns >= vf_run_history_due_ns(history) && vf_run_history_take(history, now_ns);
}

int64_t vf_run_history_due_ns(const struct vf_run_history *history)
{
    int64_t last_ns = record_at(history, history->count - 1)->moment.at_ns;
    /* Who looks as often as that looks a little early now and then. */
    return last_ns + history->settings.interval_ns * 9 / 10;
}

const struct vf_plan *vf_run_history_plan(const struct vf_run_history *history)
{
    return history->plan;
}

const struct vf_run_memory *vf_run_history_memory(const struct vf_run_history *history)
{
    return history->memory;
}

size_t vf_run_history_count(const struct vf_run_history *history)
{
    return history->count - 1;
}

/* The record that ends the interval of sample `i`, and the one that begins it. */
static const struct record *end_of(const struct vf_run_history *history, size_t i)
{
    return record_at(history, i + 1);
}

static const struct record *begin_of(const struct vf_run_history *history, size_t i)
{
    return record_at(history, i);
}

static double seconds_of(const struct vf_run_history *history, size_t i)
{
    int64_t interval_ns = end_of(history, i)->moment.at_ns - begin_of(history, i)->moment.at_ns;
    return (double)interval_ns / VF_NS_PER_S;
}

/* How much a count has risen, in a second; whoever writes it may have set it back. */
static double rate_of(uint64_t before, uint64_t now, double seconds)
{
    return now > before ? (double)(now - before) / seconds : 0;
}

struct vf_run_history_moment vf_run_history_at(const struct vf_run_history *history, size_t i)
{
    struct vf_run_history_moment moment = end_of(history, i)->moment;
    moment.t = (double)(moment.at_ns - history->settings.started_ns) / VF_NS_PER_S;
    moment.seconds = seconds_of(history, i);
    if (history->settings.span == VF_RUN_HISTORY_WHOLE)
        moment.fps =
            rate_of(begin_of(history, i)->moment.frames, moment.frames, seconds_of(history, i));
    return moment;
}

static void set_shares(struct vf_run_history_task *task, const struct task_record *before,
                       const struct task_record *now, double seconds)
{
    double *const shares[USE_COUNT] = {
        [USE_BUSY] = &task->busy,
        [USE_WAITING] = &task->waiting,
        [USE_BLOCKED] = &task->blocked,
        [USE_OPENING] = &task->opening,
    };
    for (size_t i = 0; i < USE_COUNT; i++) {
        int64_t used_ns = now->used_ns[i] - before->used_ns[i];
        double share = (double)used_ns / VF_NS_PER_S / seconds;
        *shares[i] = share < 0 ? 0 : share > 1 ? 1 : share;
    }
}

struct vf_run_history_task vf_run_history_task(const struct vf_run_history *history, size_t i,
                                               unsigned task)
{
    const struct record *end = end_of(history, i), *begin = begin_of(history, i);
    const struct task_record nothing = {0};
    if (task < 1 || task > end->task_count)
        return (struct vf_run_history_task){.work_ms = {-1, -1, -1}, .age_ms = {-1, -1, -1}};
    const struct vf_plan_task *planned = &history->plan->tasks[task - 1];
    const struct task_record *now = &end->tasks[task - 1];
    const struct task_record *before =
        task > begin->task_count ? &nothing : &begin->tasks[task - 1];
    double seconds = seconds_of(history, i);
    struct vf_run_history_task told = {
        .state = now->state,
        .activity = (enum vf_activity)now->activity,
        .wait_count = now->wait_count,
        .in = now->in,
        .out = now->out,
        .dropped = now->dropped,
        .errors = now->errors,
        .has_in = planned->node->kind != VF_PRODUCER,
        .has_out = planned->node->kind != VF_CONSUMER || planned->out_count,
        .restarts = now->restarts,
        .pid = now->pid,
    };
    told.fps = told.has_in ? rate_of(before->in, now->in, seconds)
                           : rate_of(before->out, now->out, seconds);
    set_shares(&told, before, now, seconds);
    if (told.activity == VF_ACTIVITY_SILENT && told.busy >= AT_WORK)
        told.activity = VF_ACTIVITY_BUSY;
    for (size_t wait = 0; wait < now->wait_count; wait++)
        told.waits[wait] = now->waits[wait];
    for (size_t at = 0; at < VF_RUN_HISTORY_PERCENTILES; at++) {
        told.work_ms[at] = (double)now->work_ms[at];
        told.age_ms[at] = (double)now->age_ms[at];
    }
    return told;
}

struct vf_run_history_edge vf_run_history_edge(const struct vf_run_history *history, size_t i,
                                               size_t edge)
{
    const struct record *end = end_of(history, i), *begin = begin_of(history, i);
    const struct edge_record nothing = {0};
    if (edge >= end->edge_count)
        return (struct vf_run_history_edge){0};
    const struct edge_record *now = &end->edges[edge];
    const struct edge_record *before = edge < begin->edge_count ? &begin->edges[edge] : &nothing;
    double seconds = seconds_of(history, i);
    unsigned depth = history->plan->edges[edge].depth;
    double fill = depth ? (double)now->waiting / depth : 0;
    return (struct vf_run_history_edge){
        .rate = rate_of(before->gone, now->gone, seconds),
        .waiting = now->waiting,
        .dropped = now->dropped,
        .fill = fill > 1 ? 1 : fill,
        .dropped_rate = rate_of(before->dropped, now->dropped, seconds),
    };
}
