/* SPDX-License-Identifier: MIT */
#include "engine/run/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/flow/plan/wishes.h"
#include "engine/journal/journal.h"
#include "engine/journal/notices.h"
#include "engine/message/shared_memory.h"
#include "engine/run/arena_size.h"
#include "engine/run/memory_inside.h"
#include "engine/run/start_failure.h"

#define DESCRIPTORS_A_TASK 6 /* its memory, page, tap, journal, doorbell and process */
#define DESCRIPTORS_ELSE 64
#define LINE ((size_t)64)
#define WORDS_MORE ((size_t)4096) /* tasks that may be added while it runs */

static size_t in_lines(size_t size)
{
    return (size + LINE - 1) & ~(LINE - 1);
}

/* Bytes of a task's page, or where in it the record of `edge` begins. Edges that were added later
 * are not there. */
static size_t page_offset(const struct vf_plan_task *task, const struct vf_plan_edge *edge)
{
    size_t offset = in_lines(sizeof(struct vf_task_page));
    for (size_t i = 0; i < task->out_count && task->out_edges[i] != edge; i++) {
        if (!task->out_edges[i]->is_added)
            offset += vf_outbox_page_size(task->out_edges[i]->cells);
    }
    if (edge && edge->sender == task->id)
        return offset;
    for (size_t i = 0; i < task->in_count && task->in_edges[i] != edge; i++) {
        if (!task->in_edges[i]->is_added)
            offset += vf_inbox_page_size(task->in_edges[i]->cells);
    }
    return offset;
}

/* Where in a task's page its copy of the receiver's record of `edge` begins, which is after all the
 * others; NULL: where they end. */
static size_t copy_offset(const struct vf_plan *plan, const struct vf_plan_task *task,
                          const struct vf_plan_edge *edge)
{
    size_t offset = page_offset(task, NULL);
    for (size_t i = 0; i < task->out_count && task->out_edges[i] != edge; i++) {
        if (!task->out_edges[i]->is_added && vf_plan_edge_is_remote(plan, task->out_edges[i]))
            offset += vf_inbox_page_size(task->out_edges[i]->cells);
    }
    return offset;
}

struct vf_inbox_page *vf_run_memory_copy(const struct vf_run_memory *run,
                                         const struct vf_plan_edge *edge)
{
    uint8_t *page = run->tasks[edge->sender - 1].page.bytes;
    return (void *)(page + copy_offset(run->plan, vf_plan_sender(run->plan, edge), edge));
}

struct vf_trace_ring *vf_run_memory_ring(const struct vf_run_memory *run, unsigned task)
{
    const struct task_memory *memory = &run->tasks[task - 1];
    return (void *)(memory->page.bytes + memory->trace_offset);
}

void vf_run_memory_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void vf_run_memory_finish_edge(struct edge_memory *own)
{
    vf_shared_memory_finish(&own->outbox);
    vf_shared_memory_finish(&own->inbox);
}

struct task_words *vf_run_memory_words(const struct vf_run_memory *run, unsigned task)
{
    return (struct task_words *)(void *)run->words.bytes + task;
}

void vf_run_memory_mark_ancestors(const struct vf_plan *plan, unsigned task, bool *is_ancestor)
{
    const struct vf_plan_task *descendant = &plan->tasks[task - 1];
    is_ancestor[task] = true;
    for (size_t i = 0; i < descendant->in_count; i++) {
        unsigned sender = descendant->in_edges[i]->sender;
        if (!is_ancestor[sender])
            vf_run_memory_mark_ancestors(plan, sender, is_ancestor);
    }
}

const struct vf_trace_ring *vf_run_memory_trace(const struct vf_run_memory *run, unsigned task)
{
    return vf_run_memory_ring(run, task);
}

size_t vf_run_memory_descriptors(const struct vf_plan *plan)
{
    return plan->task_count * DESCRIPTORS_A_TASK + DESCRIPTORS_ELSE;
}

static void finish_task(struct task_memory *memory)
{
    vf_shared_memory_finish(&memory->arena);
    vf_shared_memory_finish(&memory->page);
    vf_run_memory_close(&memory->doorbell);
    vf_run_memory_close(&memory->tap);
    vf_run_memory_close(&memory->journal);
    free(memory->sees);
    memory->sees = NULL;
}

static struct vf_start_attempt attempt_for(const struct vf_plan *plan,
                                           const struct vf_plan_task *task)
{
    return (struct vf_start_attempt){.purpose = "make the shared memory",
                                     .name = task->name,
                                     .call = "memfd_create",
                                     .descriptors = vf_run_memory_descriptors(plan)};
}

/* Makes the memory for what a task sends, if it does and has none. */
static int create_arena(struct task_memory *memory, const struct vf_plan *plan,
                        const struct vf_plan_task *task, size_t share)
{
    bool is_needed = !memory->arena.bytes && vf_plan_is_here(plan, task);
    size_t size = is_needed ? vf_arena_size(task, share) : 0;
    struct vf_start_attempt attempt = attempt_for(plan, task);
    int err = VF_OK;
    if (size && task->node->shares_arenas)
        err = vf_shared_memory_init_for_program(&memory->arena, "vflow-arena", size);
    else if (size)
        err = vf_shared_memory_init(&memory->arena, "vflow-arena", size);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

/* Makes the rest of what a task has. */
static int fill_memory(struct task_memory *memory, const struct vf_plan *plan,
                       const struct vf_plan_task *task)
{
    struct vf_start_attempt attempt = attempt_for(plan, task);
    memory->trace_offset = in_lines(copy_offset(plan, task, NULL));
    int err = vf_shared_memory_init(&memory->page, "vflow-page",
                                    memory->trace_offset + sizeof(struct vf_trace_ring));
    if (err)
        return vf_start_failure(&attempt, err);
    memory->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    attempt.call = "eventfd";
    if (memory->doorbell < 0)
        return vf_start_failure(&attempt, -errno);
    struct vf_journal journal;
    memory->tap = vf_tap_create();
    attempt.call = "memfd_create";
    err = memory->tap < 0 ? memory->tap : vf_journal_create(&journal);
    if (err)
        return vf_start_failure(&attempt, err);
    memory->journal = journal.fd;
    return VF_OK;
}

/* Makes the memory of the tasks that have none: first all arenas, so that of what a worker does not
 * need, the descriptors have numbers side by side. */
static int create_tasks(struct vf_run_memory *run, const struct vf_plan *plan)
{
    size_t share = vf_arena_share(plan), made = run->task_count;
    int err = VF_OK;
    for (; !err && made < plan->task_count; made++) {
        run->tasks[made] = (struct task_memory){
            .doorbell = -1, .tap = -1, .journal = -1, .arena.fd = -1, .page.fd = -1};
        err = create_arena(&run->tasks[made], plan, &plan->tasks[made], share);
    }
    for (; !err && run->task_count < plan->task_count; run->task_count += !err)
        err = fill_memory(&run->tasks[run->task_count], plan, &plan->tasks[run->task_count]);
    for (size_t i = run->task_count; err && i < made; i++)
        finish_task(&run->tasks[i]);
    return err;
}

static int create_words(struct vf_run_memory *run)
{
    static const struct vf_start_attempt attempt = {.purpose = "make the shared memory for stops",
                                                    .call = "memfd_create"};
    int err =
        vf_shared_memory_init(&run->words, "vflow-words",
                              (run->plan->task_count + WORDS_MORE) * sizeof(struct task_words));
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

static enum vf_overflow overflow_of(enum vf_drop_policy drop)
{
    switch (drop) {
    case VF_DROP_NEWEST:
        return VF_OVERFLOW_DROP_NEWEST;
    case VF_DROP_OLDEST:
        return VF_OVERFLOW_DROP_OLDEST;
    case VF_DROP_NEVER:
    case VF_DROP_BY_MODE:
    default:
        return VF_OVERFLOW_WAIT;
    }
}

/* Of an edge whose records are made already. */
static struct vf_edge_terms terms_of(const struct vf_run_memory *run, const struct vf_plan *plan,
                                     const struct vf_plan_edge *edge)
{
    static const enum vf_edge_form forms[] = {
        [VF_WIRE_RAW] = VF_EDGE_RAW, [VF_WIRE_LZ4] = VF_EDGE_LZ4, [VF_WIRE_H264] = VF_EDGE_H264};
    const struct edge_memory *own = &run->own[edge->id];
    const uint8_t *outbox = own->outbox.bytes, *inbox = own->inbox.bytes;
    if (!edge->is_added) {
        outbox =
            run->tasks[edge->sender - 1].page.bytes + page_offset(vf_plan_sender(plan, edge), edge);
        inbox = run->tasks[edge->receiver - 1].page.bytes +
                page_offset(vf_plan_receiver(plan, edge), edge);
    }
    return (struct vf_edge_terms){
        .cells = edge->cells,
        .is_remote = vf_plan_edge_is_remote(plan, edge),
        .form = forms[vf_plan_edge_form(plan, edge)],
        .may_be_hollow = vf_plan_edge_may_be_hollow(plan, edge),
        .outbox = (void *)(uintptr_t)outbox,
        .inbox = (void *)(uintptr_t)inbox,
    };
}

/* Says what the plan says of an edge, which may have changed. A task that leaves ends its edges as any
 * other, when it has come to its end. */
static void set_terms(const struct vf_plan *plan, const struct vf_plan_edge *edge,
                      struct vf_edge_terms *terms)
{
    terms->id = edge->id;
    terms->sender = edge->sender;
    terms->sender_port = edge->sender_port;
    terms->receiver = edge->receiver;
    terms->sender_name = vf_plan_sender(plan, edge)->name;
    terms->receiver_name = vf_plan_receiver(plan, edge)->name;
    terms->input = edge->input;
    terms->depth = edge->depth;
    terms->group = edge->group;
    terms->origin_stream = edge->origin_stream;
    terms->answers = vf_plan_answers(vf_plan_sender(plan, edge), edge->sender_port);
    terms->spread = edge->spread;
    terms->lane = edge->lane;
    terms->delay_ns = edge->delay_ns;
    terms->is_unordered = edge->is_unordered;
    terms->is_replaceable = vf_plan_receiver(plan, edge)->recovery.restart != VF_RESTART_NO;
    terms->overflow = overflow_of(edge->drop);
    terms->carries_gaps = edge->carries_gaps;
    terms->is_added = edge->is_added;
    terms->is_leaving = edge->is_leaving && !vf_plan_sender(plan, edge)->is_leaving;
    terms->is_abandoned = edge->is_abandoned;
    terms->turn = edge->turn;
}

static int create_journal(struct vf_run_memory *run)
{
    static const struct vf_start_attempt attempt = {.purpose = "make the journal of the run",
                                                    .call = "memfd_create"};
    int err = vf_journal_create(&run->journal);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

/* Makes what a task that hears of the run reads, as soon as there is one. */
static int create_notices(struct vf_run_memory *run, const struct vf_plan *plan)
{
    static const struct vf_start_attempt attempt = {.purpose = "make the notices of the run",
                                                    .call = "memfd_create"};
    if (run->notices.fd >= 0 || !vf_plan_hears_run(plan))
        return VF_OK;
    int err = vf_notices_create(&run->notices);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

/* Makes the records of an edge that are in no page. */
static int create_records(struct edge_memory *own, const struct vf_plan *plan,
                          const struct vf_plan_edge *edge)
{
    struct vf_start_attempt attempt = attempt_for(plan, vf_plan_sender(plan, edge));
    *own = (struct edge_memory){.outbox.fd = -1, .inbox.fd = -1};
    if (!edge->is_added)
        return VF_OK;
    int err = vf_shared_memory_init(&own->outbox, "vflow-outbox", vf_outbox_page_size(edge->cells));
    if (!err)
        err = vf_shared_memory_init(&own->inbox, "vflow-inbox", vf_inbox_page_size(edge->cells));
    if (!err)
        return VF_OK;
    vf_run_memory_finish_edge(own);
    return vf_start_failure(&attempt, err);
}

/* Makes the memory of the tasks and edges of a plan that are not made yet. There is room. */
static int make_missing(struct vf_run_memory *run, const struct vf_plan *plan)
{
    int err = create_notices(run, plan);
    if (!err)
        err = create_tasks(run, plan);
    for (; !err && run->edge_count < plan->edge_count; run->edge_count += !err) {
        const struct vf_plan_edge *edge = &plan->edges[run->edge_count];
        err = create_records(&run->own[edge->id], plan, edge);
        if (err)
            break;
        run->edges[edge->id] = terms_of(run, plan, edge);
        set_terms(plan, edge, &run->edges[edge->id]);
    }
    return err;
}

int vf_run_memory_create(struct vf_run_memory **run, const struct vf_plan *plan)
{
    struct vf_run_memory *made = calloc(1, sizeof(*made));
    *run = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->tasks = calloc(plan->task_count, sizeof(*made->tasks));
    made->edges = calloc(plan->edge_count + 1, sizeof(*made->edges));
    made->own = calloc(plan->edge_count + 1, sizeof(*made->own));
    int err = made->tasks && made->edges && made->own ? VF_OK : -ENOMEM;
    made->words.fd = made->journal.fd = made->notices.fd = made->notices.bell = -1;
    if (!err)
        err = create_words(made);
    if (!err)
        err = create_journal(made);
    if (!err)
        err = make_missing(made, plan);
    if (err)
        vf_run_memory_destroy(run);
    return err;
}

/* Makes room for what a plan has more. */
static int make_room(struct vf_run_memory *run, const struct vf_plan *plan)
{
    struct task_memory *tasks = realloc(run->tasks, plan->task_count * sizeof(*tasks));
    if (tasks)
        run->tasks = tasks;
    struct vf_edge_terms *edges = realloc(run->edges, (plan->edge_count + 1) * sizeof(*edges));
    if (edges)
        run->edges = edges;
    struct edge_memory *own = realloc(run->own, (plan->edge_count + 1) * sizeof(*own));
    if (own)
        run->own = own;
    return tasks && edges && own ? VF_OK : -ENOMEM;
}

/* Whether there is a word for each task of a plan. */
static bool has_words(const struct vf_run_memory *run, const struct vf_plan *plan)
{
    return (plan->task_count + 1) * sizeof(struct task_words) <= run->words.size;
}

/* A task that nobody read needs an arena as soon as somebody does. */
static int make_arenas(struct vf_run_memory *run, const struct vf_plan *plan, size_t count)
{
    size_t share = vf_arena_share(plan);
    int err = VF_OK;
    for (size_t i = 0; !err && i < count; i++)
        err = create_arena(&run->tasks[i], plan, &plan->tasks[i], share);
    return err;
}

int vf_run_memory_extend(struct vf_run_memory *run, const struct vf_plan *plan)
{
    size_t tasks = run->task_count, edges = run->edge_count;
    int err = has_words(run, plan) ? make_room(run, plan) : -ENOMEM;
    if (!err)
        err = make_arenas(run, plan, tasks);
    if (!err)
        err = make_missing(run, plan);
    while (err && run->task_count > tasks)
        finish_task(&run->tasks[--run->task_count]);
    while (err && run->edge_count > edges)
        vf_run_memory_finish_edge(&run->own[--run->edge_count]);
    for (size_t i = 0; !err && i < edges; i++)
        set_terms(plan, &plan->edges[i], &run->edges[i]);
    return err;
}

void vf_run_memory_destroy(struct vf_run_memory **run)
{
    if (!*run)
        return;
    for (size_t i = 0; (*run)->tasks && i < (*run)->task_count; i++)
        finish_task(&(*run)->tasks[i]);
    for (size_t i = 0; (*run)->own && i < (*run)->edge_count; i++)
        vf_run_memory_finish_edge(&(*run)->own[i]);
    vf_shared_memory_finish(&(*run)->words);
    vf_journal_destroy(&(*run)->journal);
    vf_notices_destroy(&(*run)->notices);
    free((*run)->tasks);
    free((*run)->edges);
    free((*run)->own);
    free(*run);
    *run = NULL;
}

const struct vf_task_page *vf_run_memory_page(const struct vf_run_memory *run, unsigned task)
{
    return (const void *)run->tasks[task - 1].page.bytes;
}

int vf_run_memory_begin(struct vf_run_memory *run, unsigned task)
{
    struct task_memory *memory = &run->tasks[task - 1];
    struct vf_task_page *page = (void *)memory->page.bytes;
    bool *sees = calloc(run->plan->task_count + 1, sizeof(*sees));
    if (!sees)
        return -ENOMEM;
    vf_run_memory_mark_ancestors(run->plan, task, sees);
    free(memory->sees);
    memory->sees = sees;
    memory->sees_count = run->plan->task_count + 1;
    atomic_store(&page->state, VF_TASK_STARTING);
    return VF_OK;
}

struct vf_journal *vf_run_memory_journal(struct vf_run_memory *run)
{
    return &run->journal;
}

const struct vf_notices *vf_run_memory_notices(const struct vf_run_memory *run)
{
    return &run->notices;
}

json_t *vf_run_memory_journal_load(const struct vf_run_memory *run, enum vf_journal_kind kind)
{
    struct vf_journal_part *parts = calloc(run->task_count + 1, sizeof(*parts));
    if (!parts)
        return NULL;
    for (size_t i = 0; i < run->task_count; i++)
        parts[i] = (struct vf_journal_part){run->tasks[i].journal, (unsigned)i + 1};
    parts[run->task_count] = (struct vf_journal_part){.fd = run->journal.fd};
    json_t *entries = vf_journal_load(parts, run->task_count + 1, kind);
    free(parts);
    return entries;
}

const struct vf_edge_terms *vf_run_memory_edge(const struct vf_run_memory *run, unsigned edge)
{
    return &run->edges[edge];
}

/* Wakes a task. */
static void ring(const struct vf_run_memory *run, unsigned task)
{
    uint64_t one = 1;
    ssize_t written = write(run->tasks[task - 1].doorbell, &one, sizeof(one));
    (void)written; /* fails only when the bell is ringing already */
}

void vf_run_memory_stop(const struct vf_run_memory *run, unsigned task, enum vf_stop_level level)
{
    if (atomic_load(&vf_run_memory_words(run, task)->stop_level) >= level)
        return;
    atomic_store(&vf_run_memory_words(run, task)->stop_level, level);
    ring(run, task);
}

void vf_run_memory_renew(const struct vf_run_memory *run, unsigned task, unsigned process)
{
    atomic_store(&vf_run_memory_words(run, task)->give_way, process);
    ring(run, task);
}

void vf_run_memory_pause(const struct vf_run_memory *run, unsigned task, bool is_paused)
{
    atomic_store(&vf_run_memory_words(run, task)->is_paused, is_paused);
    ring(run, task);
}

bool vf_run_memory_is_paused(const struct vf_run_memory *run, unsigned task)
{
    return atomic_load(&vf_run_memory_words(run, task)->is_paused) != 0;
}

int vf_run_memory_tap(const struct vf_run_memory *run, unsigned task)
{
    int fd = run->tasks[task - 1].tap;
    int err = vf_tap_open(fd);
    if (err)
        return err;
    atomic_fetch_add(&vf_run_memory_words(run, task)->taps, 1);
    return fd;
}

void vf_run_memory_tell_over(const struct vf_run_memory *run, unsigned task)
{
    const struct vf_plan_task *over = &run->plan->tasks[task - 1];
    atomic_store(&vf_run_memory_words(run, task)->is_over, VF_OVER);
    for (size_t i = 0; i < over->in_count; i++) { /* over sockets, what it said last may be lost */
        if (vf_plan_edge_is_remote(run->plan, over->in_edges[i]))
            ring(run, over->in_edges[i]->sender);
    }
}

void vf_run_memory_tell_lost(const struct vf_run_memory *run, unsigned task)
{
    const struct vf_plan_task *lost = &run->plan->tasks[task - 1];
    atomic_store(&vf_run_memory_words(run, task)->is_over, VF_OVER_LOST);
    for (size_t i = 0; i < lost->in_count; i++)
        ring(run, lost->in_edges[i]->sender);
    for (size_t i = 0; i < lost->out_count; i++)
        ring(run, lost->out_edges[i]->receiver);
}

bool vf_run_memory_is_lost(const struct vf_run_memory *run, unsigned task)
{
    return atomic_load(&vf_run_memory_words(run, task)->is_over) == VF_OVER_LOST;
}

const char *vf_run_state_name(enum vf_run_state state)
{
    return state == VF_RUN_STARTING ? "starting" : state == VF_RUN_RUNNING ? "running" : "stopping";
}

void vf_run_memory_tell_state(const struct vf_run_memory *run, enum vf_run_state state)
{
    atomic_store(&vf_run_memory_words(run, 0)->state, state);
}

enum vf_run_state vf_run_memory_state(const struct vf_run_memory *run)
{
    return (enum vf_run_state)atomic_load(&vf_run_memory_words(run, 0)->state);
}

void vf_run_memory_tell_process(const struct vf_run_memory *run, unsigned task, pid_t pid)
{
    atomic_store(&vf_run_memory_words(run, task)->pid, (uint32_t)pid);
}

void vf_run_memory_tell_restarts(const struct vf_run_memory *run, unsigned task, unsigned restarts)
{
    atomic_store(&vf_run_memory_words(run, task)->restarts, restarts);
}

pid_t vf_run_memory_process(const struct vf_run_memory *run, unsigned task)
{
    return (pid_t)atomic_load(&vf_run_memory_words(run, task)->pid);
}

unsigned vf_run_memory_restarts(const struct vf_run_memory *run, unsigned task)
{
    return atomic_load(&vf_run_memory_words(run, task)->restarts);
}

bool vf_run_memory_is_over(const struct vf_run_memory *run, unsigned task)
{
    return atomic_load(&vf_run_memory_words(run, task)->is_over) != 0;
}

enum vf_stop_level vf_run_memory_stop_level(const struct vf_run_memory *run, unsigned task)
{
    return atomic_load(&vf_run_memory_words(run, task)->stop_level);
}

struct vf_task_page *vf_run_memory_foreign_page(const struct vf_run_memory *run, unsigned task)
{
    return (void *)run->tasks[task - 1].page.bytes;
}
