/* SPDX-License-Identifier: MIT */
#include "engine/run/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/journal/journal.h"
#include "engine/message/shared_memory.h"
#include "engine/run/arena_size.h"
#include "engine/run/counted.h"
#include "engine/run/start_failure.h"

#define DESCRIPTORS_A_TASK 5 /* its memory, page, tap, doorbell and process */
#define DESCRIPTORS_ELSE 64
#define LINE ((size_t)64)
#define WORDS_MORE ((size_t)4096) /* tasks that may be added while it runs */

struct task_memory {
    struct vf_shared_memory arena, page;
    size_t trace_offset; /* in the page */
    int doorbell, tap;
    bool *sees; /* the arenas that its present process can read, by task id below `sees_count` */
    size_t sees_count;
};

/* The records of an edge that was added while the flow ran; zeroed where they are in the pages of
 * its tasks. */
struct edge_memory {
    struct vf_shared_memory outbox, inbox;
};

/* What the supervisor says of a task. */
struct task_words {
    _Atomic uint32_t stop_level; /* enum vf_stop_level that it is asked for */
    _Atomic uint32_t is_over;    /* no process of it is left, and none will come */
    _Atomic uint32_t taps;       /* how often somebody has wanted to look at what it sends */
    _Atomic uint32_t give_way; /* number of the process that is to make way for the next; 0: none */
};

struct vf_run_memory {
    const struct vf_plan *plan;
    struct task_memory *tasks; /* task id i at [i - 1] */
    size_t task_count, edge_count;
    struct vf_shared_memory words; /* struct task_words, by task id */
    struct vf_edge_terms *edges;   /* by edge id */
    struct edge_memory *own;       /* by edge id */
    /* Of the worker that this process has become. */
    uint8_t **arena_bytes; /* by task id */
    size_t *arena_sizes;
    int *arena_files; /* of a task that hands them on; else all -1 */
    struct vf_edge_end *ends;
    const struct vf_task_page **producers; /* of those before it */
    size_t producer_count;
    struct vf_trace trace;
    struct vf_tap tap;
    struct vf_journal journal;
};

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

static struct vf_trace_ring *ring_of(const struct vf_run_memory *run, unsigned task)
{
    const struct task_memory *memory = &run->tasks[task - 1];
    return (void *)(memory->page.bytes + memory->trace_offset);
}

const struct vf_trace_ring *vf_run_memory_trace(const struct vf_run_memory *run, unsigned task)
{
    return ring_of(run, task);
}

size_t vf_run_memory_descriptors(const struct vf_plan *plan)
{
    return plan->task_count * DESCRIPTORS_A_TASK + DESCRIPTORS_ELSE;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void finish_task(struct task_memory *memory)
{
    vf_shared_memory_finish(&memory->arena);
    vf_shared_memory_finish(&memory->page);
    close_fd(&memory->doorbell);
    close_fd(&memory->tap);
    free(memory->sees);
    memory->sees = NULL;
}

static void finish_edge(struct edge_memory *own)
{
    vf_shared_memory_finish(&own->outbox);
    vf_shared_memory_finish(&own->inbox);
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
    size_t size = memory->arena.bytes ? 0 : vf_arena_size(task, share);
    struct vf_start_attempt attempt = attempt_for(plan, task);
    int err = VF_OK;
    if (size && task->node->shares_arenas)
        err = vf_shared_memory_init_for_program(&memory->arena, "vflow-arena", size);
    else if (size)
        err = vf_shared_memory_init(&memory->arena, "vflow-arena", size);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

static int fill_memory(struct task_memory *memory, const struct vf_plan *plan,
                       const struct vf_plan_task *task, size_t share)
{
    struct vf_start_attempt attempt = attempt_for(plan, task);
    memory->trace_offset = in_lines(page_offset(task, NULL));
    int err = create_arena(memory, plan, task, share);
    if (err)
        return err;
    err = vf_shared_memory_init(&memory->page, "vflow-page",
                                memory->trace_offset + sizeof(struct vf_trace_ring));
    if (err)
        return vf_start_failure(&attempt, err);
    memory->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    attempt.call = "eventfd";
    if (memory->doorbell < 0)
        return vf_start_failure(&attempt, -errno);
    memory->tap = vf_tap_create();
    attempt.call = "memfd_create";
    return memory->tap < 0 ? vf_start_failure(&attempt, memory->tap) : VF_OK;
}

static int create_memory(struct task_memory *memory, const struct vf_plan *plan,
                         const struct vf_plan_task *task, size_t share)
{
    *memory = (struct task_memory){.doorbell = -1, .tap = -1, .arena.fd = -1, .page.fd = -1};
    int err = fill_memory(memory, plan, task, share);
    if (err)
        finish_task(memory);
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

static bool is_remote(const struct vf_run_memory *run)
{
    return vf_transport_has_sockets(&run->plan->transport);
}

/* Of an edge whose records are made already. */
static struct vf_edge_terms terms_of(const struct vf_run_memory *run, const struct vf_plan *plan,
                                     const struct vf_plan_edge *edge)
{
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
        .is_remote = is_remote(run),
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
    terms->input = edge->input;
    terms->depth = edge->depth;
    terms->group = edge->group;
    terms->origin_stream = edge->origin_stream;
    terms->spread = edge->spread;
    terms->lane = edge->lane;
    terms->delay_ns = edge->delay_ns;
    terms->is_unordered = edge->is_unordered;
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
    finish_edge(own);
    return vf_start_failure(&attempt, err);
}

/* Makes the memory of the tasks and edges of a plan that are not made yet. There is room. */
static int make_missing(struct vf_run_memory *run, const struct vf_plan *plan)
{
    size_t share = vf_arena_share(plan);
    int err = VF_OK;
    for (; !err && run->task_count < plan->task_count; run->task_count += !err)
        err =
            create_memory(&run->tasks[run->task_count], plan, &plan->tasks[run->task_count], share);
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
    made->words.fd = made->journal.fd = -1;
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
        finish_edge(&run->own[--run->edge_count]);
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
        finish_edge(&(*run)->own[i]);
    vf_shared_memory_finish(&(*run)->words);
    vf_journal_destroy(&(*run)->journal);
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

/* Which tasks' payloads may reach this one: those of all its ancestors, since any task may
 * forward what it received. */
static void mark_ancestors(const struct vf_plan *plan, unsigned task, bool *is_ancestor)
{
    const struct vf_plan_task *descendant = &plan->tasks[task - 1];
    is_ancestor[task] = true;
    for (size_t i = 0; i < descendant->in_count; i++) {
        unsigned sender = descendant->in_edges[i]->sender;
        if (!is_ancestor[sender])
            mark_ancestors(plan, sender, is_ancestor);
    }
}

int vf_run_memory_begin(struct vf_run_memory *run, unsigned task)
{
    struct task_memory *memory = &run->tasks[task - 1];
    struct vf_task_page *page = (void *)memory->page.bytes;
    bool *sees = calloc(run->plan->task_count + 1, sizeof(*sees));
    if (!sees)
        return -ENOMEM;
    mark_ancestors(run->plan, task, sees);
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

const struct vf_edge_terms *vf_run_memory_edge(const struct vf_run_memory *run, unsigned edge)
{
    return &run->edges[edge];
}

static struct task_words *words_of(const struct vf_run_memory *run, unsigned task)
{
    return (struct task_words *)(void *)run->words.bytes + task;
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
    if (atomic_load(&words_of(run, task)->stop_level) >= level)
        return;
    atomic_store(&words_of(run, task)->stop_level, level);
    ring(run, task);
}

void vf_run_memory_renew(const struct vf_run_memory *run, unsigned task, unsigned process)
{
    atomic_store(&words_of(run, task)->give_way, process);
    ring(run, task);
}

int vf_run_memory_tap(const struct vf_run_memory *run, unsigned task)
{
    int fd = run->tasks[task - 1].tap;
    int err = vf_tap_open(fd);
    if (err)
        return err;
    atomic_fetch_add(&words_of(run, task)->taps, 1);
    return fd;
}

void vf_run_memory_tell_over(const struct vf_run_memory *run, unsigned task)
{
    atomic_store(&words_of(run, task)->is_over, 1);
}

static bool is_neighbour(const struct vf_plan_task *task, unsigned other)
{
    for (size_t i = 0; i < task->in_count; i++) {
        if (task->in_edges[i]->sender == other)
            return true;
    }
    for (size_t i = 0; i < task->out_count; i++) {
        if (task->out_edges[i]->receiver == other)
            return true;
    }
    return false;
}

/* Replaces the descriptor of an arena by one that can only be read. */
static int reopen_read_only(struct vf_shared_memory *memory)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memory->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    vf_shared_memory_close(memory);
    memory->fd = fd;
    return VF_OK;
}

/* Keeps of another task only what this one has to read. */
static int look_only(struct task_memory *memory, bool sees_arena, bool sees_page, bool hands_on)
{
    int err = VF_OK;
    if (!sees_arena)
        vf_shared_memory_finish(&memory->arena);
    else if (memory->arena.bytes)
        err = vf_shared_memory_make_read_only(&memory->arena);
    if (!sees_page)
        vf_shared_memory_finish(&memory->page);
    else if (!err)
        err = vf_shared_memory_make_read_only(&memory->page);
    if (!sees_page)
        close_fd(&memory->doorbell);
    close_fd(&memory->tap);
    vf_shared_memory_close(&memory->page);
    if (!err && hands_on && memory->arena.bytes)
        return reopen_read_only(&memory->arena);
    vf_shared_memory_close(&memory->arena);
    return err;
}

/* Gives this process copies of its own of its neighbours' pages. They last as long as it does. */
static int copy_neighbours(struct vf_run_memory *run, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_edge_terms *terms = &run->edges[task->out_edges[i]->id];
        terms->inbox = calloc(1, vf_inbox_page_size(terms->cells));
        if (!terms->inbox)
            return -ENOMEM;
    }
    for (size_t i = 0; i < task->in_count; i++) {
        struct vf_edge_terms *terms = &run->edges[task->in_edges[i]->id];
        terms->outbox = calloc(1, sizeof(*terms->outbox));
        if (!terms->outbox)
            return -ENOMEM;
    }
    return VF_OK;
}

/* Keeps of a task before or after this one, or beside it, what this one has to read: of a producer
 * before it also what that reports. */
static int look_at(struct vf_run_memory *run, unsigned task, unsigned other, bool is_ancestor)
{
    const struct vf_plan *plan = run->plan;
    struct task_memory *memory = &run->tasks[other - 1];
    bool is_producer = is_ancestor && plan->tasks[other - 1].node->kind == VF_PRODUCER;
    bool sees_page = is_neighbour(&plan->tasks[task - 1], other) && !is_remote(run);
    int err = look_only(memory, is_ancestor && !is_remote(run), sees_page || is_producer,
                        plan->tasks[task - 1].node->shares_arenas);
    if (is_producer)
        run->producers[run->producer_count++] = (const void *)memory->page.bytes;
    return err;
}

/* Keeps of an edge that was added what its ends are: each writes its own record. */
static int look_at_edge(struct edge_memory *own, const struct vf_plan_edge *edge, unsigned task)
{
    int err = VF_OK;
    if (!own->outbox.bytes)
        return VF_OK;
    if (edge->sender != task && edge->receiver != task) {
        finish_edge(own);
        return VF_OK;
    }
    err = vf_shared_memory_make_read_only(edge->sender == task ? &own->inbox : &own->outbox);
    vf_shared_memory_close(&own->outbox);
    vf_shared_memory_close(&own->inbox);
    return err;
}

static int restrict_memory(struct vf_run_memory *run, unsigned task)
{
    const struct vf_plan *plan = run->plan;
    bool *is_ancestor = calloc(plan->task_count + 1, sizeof(*is_ancestor));
    int err = is_ancestor ? VF_OK : -ENOMEM;
    if (is_ancestor)
        mark_ancestors(plan, task, is_ancestor);
    for (unsigned id = 1; !err && id <= plan->task_count; id++) {
        struct task_memory *memory = &run->tasks[id - 1];
        if (id == task) {
            if (!plan->tasks[task - 1].node->shares_arenas)
                vf_shared_memory_close(&memory->arena);
            vf_shared_memory_close(&memory->page);
        } else {
            err = look_at(run, task, id, is_ancestor[id]);
        }
        run->arena_bytes[id] = memory->arena.bytes;
        run->arena_sizes[id] = memory->arena.bytes ? memory->arena.size : 0;
        run->arena_files[id] = memory->arena.fd > 0 ? memory->arena.fd : -1;
    }
    free(is_ancestor);
    for (size_t i = 0; !err && i < plan->edge_count; i++)
        err = look_at_edge(&run->own[i], &plan->edges[i], task);
    if (!err)
        err = vf_shared_memory_make_read_only(&run->words);
    vf_shared_memory_close(&run->words);
    return err;
}

int vf_run_memory_look_only(struct vf_run_memory *run)
{
    int err = vf_shared_memory_make_read_only(&run->words);
    for (size_t i = 0; !err && i < run->plan->task_count; i++) {
        struct task_memory *memory = &run->tasks[i];
        err = vf_shared_memory_make_read_only(&memory->page);
        if (!err && memory->arena.bytes)
            err = vf_shared_memory_make_read_only(&memory->arena);
    }
    for (size_t i = 0; !err && i < run->edge_count; i++) {
        if (run->own[i].outbox.bytes)
            err = vf_shared_memory_make_read_only(&run->own[i].outbox);
        if (!err && run->own[i].inbox.bytes)
            err = vf_shared_memory_make_read_only(&run->own[i].inbox);
    }
    return err;
}

static struct vf_join_rules rules_of(const struct vf_plan_task *task)
{
    static const enum vf_join_by joins[] = {
        [VF_JOIN_NONE] = VF_JOIN_BY_ORIGIN,   [VF_JOIN_ORIGIN] = VF_JOIN_BY_ORIGIN,
        [VF_JOIN_ORDER] = VF_JOIN_BY_ORDER,   [VF_JOIN_TIME] = VF_JOIN_BY_TIME,
        [VF_JOIN_LATEST] = VF_JOIN_BY_LATEST,
    };
    static const enum vf_join_end ends[] = {
        [VF_END_BY_NEED] = VF_JOIN_END_BY_NEED,
        [VF_END_ANY] = VF_JOIN_END_ANY,
        [VF_END_ALL] = VF_JOIN_END_ALL,
    };
    struct vf_join_rules rules = {
        .by = joins[task->join],
        .end = ends[task->end],
        .tolerance_ns = task->tolerance_ns,
        .repeats_last = task->missing == VF_MISSING_LAST,
        .stream = task->id << 8,
        .may_lack = task->latest.may_lack,
        .forgets = task->latest.forgets,
        .gone_after_ns = task->latest.gone_after_ns,
    };
    if (task->latest.has_ticks)
        rules.rate = task->latest.rate.num ? task->latest.rate : (struct vf_rational){25, 1};
    if (task->node->takes == VF_TAKES_EACH)
        rules.by = VF_JOIN_BY_ARRIVAL;
    rules.reports_ends = task->node->input_ended != NULL;
    if (task->replica) {
        rules.by = VF_JOIN_BY_ORDER; /* what one replica gets is in order and complete */
        rules.hands_out_orders = true;
    }
    return rules;
}

static unsigned count_places(const struct vf_plan_task *task)
{
    unsigned count = 0;
    for (size_t i = 0; i < task->pool_count; i++)
        count += task->pools[i].count;
    return count;
}

/* The end of an edge whose other end is at `neighbour`. */
static struct vf_edge_end end_of(const struct vf_run_memory *run, const struct vf_plan_edge *edge,
                                 unsigned neighbour)
{
    return (struct vf_edge_end){
        .terms = &run->edges[edge->id],
        .doorbell = run->tasks[neighbour - 1].doorbell,
        .is_over = &words_of(run, neighbour)->is_over,
    };
}

/* Finds where the producer says how many messages come to the first input of a task. */
static void find_counted(const struct vf_run_memory *run, unsigned task,
                         struct vf_task_wires *wires)
{
    unsigned port;
    unsigned producer = vf_counted_producer(run->plan, task, &port, &wires->thinned);
    if (producer && port < VF_PAGE_PORTS)
        wires->counted = &vf_run_memory_page(run, producer)->expected[port];
}

/* Records that this process begins on the task. */
static void begin_trace(struct vf_run_memory *run, unsigned task)
{
    struct vf_trace_event begin = {.kind = VF_TRACE_BEGIN, .number = (uint64_t)getpid()};
    begin.begin_ns = begin.end_ns = vf_clock_now_ns();
    vf_trace_begin(&run->trace, ring_of(run, task), begin.begin_ns);
    vf_trace_add(&run->trace, &begin);
}

int vf_run_memory_enter(struct vf_run_memory *run, unsigned task, struct vf_task_wires *wires)
{
    const struct vf_plan_task *planned = &run->plan->tasks[task - 1];
    struct task_memory *own = &run->tasks[task - 1];
    size_t tasks = run->plan->task_count + 1;
    run->arena_bytes = calloc(tasks, sizeof(uint8_t *));
    run->arena_sizes = calloc(tasks, sizeof(size_t));
    run->arena_files = calloc(tasks, sizeof(int));
    run->ends = calloc(planned->in_count + planned->out_count + 1, sizeof(*run->ends));
    run->producers = calloc(tasks, sizeof(*run->producers));
    run->producer_count = 0;
    bool is_made =
        run->arena_bytes && run->arena_sizes && run->arena_files && run->ends && run->producers;
    int err = is_made ? restrict_memory(run, task) : -ENOMEM;
    if (!err && is_remote(run))
        err = copy_neighbours(run, planned);
    if (err)
        return err;
    struct vf_edge_end *in = run->ends, *out = run->ends + planned->in_count;
    for (size_t i = 0; i < planned->in_count; i++)
        in[i] = end_of(run, planned->in_edges[i], planned->in_edges[i]->sender);
    for (size_t i = 0; i < planned->out_count; i++) {
        const struct task_memory *receiver = &run->tasks[planned->out_edges[i]->receiver - 1];
        struct vf_edge_terms *terms = &run->edges[planned->out_edges[i]->id];
        out[i] = end_of(run, planned->out_edges[i], planned->out_edges[i]->receiver);
        terms->sees = receiver->sees;
        terms->sees_count = (uint32_t)receiver->sees_count;
    }
    *wires = (struct vf_task_wires){
        .task = task,
        .in = in,
        .out = out,
        .in_count = planned->in_count,
        .out_count = planned->out_count,
        .input_count = planned->input_count,
        .rules = rules_of(planned),
        .is_replica = planned->replica > 0,
        .doorbell = own->doorbell,
        .stop_level = &words_of(run, task)->stop_level,
        .give_way = &words_of(run, task)->give_way,
        .arenas = {.bytes = run->arena_bytes, .sizes = run->arena_sizes, .count = (uint32_t)tasks},
        .arena_files = run->arena_files,
        .page = (void *)own->page.bytes,
        .trace = &run->trace,
        .tap = &run->tap,
        .journal = &run->journal,
        .producers = run->producers,
        .producer_count = run->producer_count,
    };
    find_counted(run, task, wires);
    begin_trace(run, task);
    run->tap = (struct vf_tap){.fd = own->tap, .opened = &words_of(run, task)->taps};
    err = vf_arena_create(&wires->arena, task, own->arena.bytes, own->arena.size,
                          count_places(planned));
    if (!err)
        vf_arena_divide(wires->arena, planned->pools, planned->pool_count,
                        (size_t)vf_plan_memory_ceiling(run->plan, planned));
    return err;
}

static void drop_copies(struct vf_run_memory *run, const struct vf_task_wires *wires)
{
    for (size_t i = 0; i < wires->out_count; i++)
        free(run->edges[wires->out[i].terms->id].inbox);
    for (size_t i = 0; i < wires->in_count; i++)
        free(run->edges[wires->in[i].terms->id].outbox);
}

void vf_run_memory_leave(struct vf_run_memory *run, struct vf_task_wires *wires)
{
    if (is_remote(run))
        drop_copies(run, wires);
    vf_tap_finish(&run->tap);
    vf_arena_destroy(&wires->arena);
    free(run->arena_bytes);
    free(run->arena_sizes);
    free(run->arena_files);
    free(run->ends);
    free(run->producers);
    run->producers = NULL;
    run->arena_bytes = NULL;
    run->arena_sizes = NULL;
    run->arena_files = NULL;
    run->ends = NULL;
}
