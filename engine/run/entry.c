/* SPDX-License-Identifier: MIT */
/* entry - how a process becomes a worker of a run, or one that only looks at it: what it may write, and
 * what it may read of the memory that it was forked with. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/run/counted.h"
#include "engine/run/leftovers.h"
#include "engine/run/memory_inside.h"

/* Whether another task is before or after this one, and shares memory with it. */
static bool is_neighbour(const struct vf_plan *plan, const struct vf_plan_task *task,
                         unsigned other)
{
    for (size_t i = 0; i < task->in_count; i++) {
        if (task->in_edges[i]->sender == other && !vf_plan_edge_is_remote(plan, task->in_edges[i]))
            return true;
    }
    for (size_t i = 0; i < task->out_count; i++) {
        if (task->out_edges[i]->receiver == other &&
            !vf_plan_edge_is_remote(plan, task->out_edges[i]))
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

/* How a task reads what another sends. */
enum sight {
    SEES_NOTHING,
    SEES_LATE, /* if a message that lies there has been passed on to it */
    SEES_AT_ONCE,
};

/* Keeps of the memory for what another task sends what this one has to read. */
static int look_at_arena(struct vf_shared_memory *arena, enum sight sight,
                         struct vf_leftovers *leftovers)
{
    if (sight != SEES_AT_ONCE)
        vf_leftovers_add_mapping(leftovers, arena);
    if (sight == SEES_NOTHING)
        vf_leftovers_add(leftovers, &arena->fd);
    return sight == SEES_AT_ONCE && arena->bytes ? vf_shared_memory_make_read_only(arena) : VF_OK;
}

/* Keeps of another task only what this one has to read. */
static int look_only(struct task_memory *memory, enum sight arena, bool sees_page,
                     struct vf_leftovers *leftovers)
{
    int err = look_at_arena(&memory->arena, arena, leftovers);
    if (!sees_page) {
        vf_leftovers_add_mapping(leftovers, &memory->page);
        vf_leftovers_add(leftovers, &memory->doorbell);
    } else if (!err) {
        err = vf_shared_memory_make_read_only(&memory->page);
    }
    vf_leftovers_add(leftovers, &memory->tap);
    vf_leftovers_add(leftovers, &memory->journal);
    vf_leftovers_add(leftovers, &memory->page.fd);
    return err;
}

/* Gives this process copies of its neighbours' records. Those of its receivers' outlast it. */
static int copy_neighbours(struct vf_run_memory *run, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        struct vf_edge_terms *terms = &run->edges[task->out_edges[i]->id];
        if (!terms->is_remote)
            continue;
        terms->inbox = vf_run_memory_copy(run, task->out_edges[i]);
    }
    for (size_t i = 0; i < task->in_count; i++) {
        struct vf_edge_terms *terms = &run->edges[task->in_edges[i]->id];
        if (!terms->is_remote)
            continue;
        terms->outbox = calloc(1, sizeof(*terms->outbox));
        if (!terms->outbox)
            return -ENOMEM;
    }
    return VF_OK;
}

/* How a task sees the arena of one before it: at once, where it reads that task's messages, and where
 * its node, or that one's, hands memory on to programs. */
static enum sight sight_of(const struct vf_plan *plan, const struct vf_plan_task *task,
                           const struct vf_plan_task *other)
{
    bool hands_on = task->node->shares_arenas || other->node->shares_arenas;
    if (vf_transport_has_sockets(&plan->transport) || task->host != other->host)
        return SEES_NOTHING;
    return hands_on || is_neighbour(plan, task, other->id) ? SEES_AT_ONCE : SEES_LATE;
}

/* Keeps of a task before or after this one, or beside it, what this one has to read: of a producer
 * before it also what that reports. */
static int look_at(struct vf_run_memory *run, unsigned task, unsigned other, bool is_ancestor,
                   struct vf_leftovers *leftovers)
{
    const struct vf_plan *plan = run->plan;
    const struct vf_plan_task *own = &plan->tasks[task - 1];
    struct task_memory *memory = &run->tasks[other - 1];
    bool is_producer = is_ancestor && plan->tasks[other - 1].node->kind == VF_PRODUCER;
    bool sees_page = is_neighbour(plan, own, other);
    enum sight sight = is_ancestor ? sight_of(plan, own, &plan->tasks[other - 1]) : SEES_NOTHING;
    int err = look_only(memory, sight, sees_page || is_producer, leftovers);
    if (is_producer)
        run->producers[run->producer_count++] = (const void *)memory->page.bytes;
    run->arena_sizes[other] =
        sight == SEES_NOTHING || memory->arena.fd < 0 ? 0 : memory->arena.size;
    if (!err && own->node->shares_arenas && memory->arena.bytes)
        return reopen_read_only(&memory->arena);
    if (sight == SEES_AT_ONCE)
        vf_leftovers_add(leftovers, &memory->arena.fd);
    return err;
}

/* Keeps of an edge that was added what its ends are: each writes its own record. */
static int look_at_edge(struct edge_memory *own, const struct vf_plan_edge *edge, unsigned task)
{
    int err = VF_OK;
    if (!own->outbox.bytes)
        return VF_OK;
    if (edge->sender != task && edge->receiver != task) {
        vf_run_memory_finish_edge(own);
        return VF_OK;
    }
    err = vf_shared_memory_make_read_only(edge->sender == task ? &own->inbox : &own->outbox);
    vf_shared_memory_close(&own->outbox);
    vf_shared_memory_close(&own->inbox);
    return err;
}

/* Appends to the task's own part of the journal from now on. */
static void take_journal(struct vf_run_memory *run, struct task_memory *own)
{
    vf_run_memory_close(&run->journal.fd);
    run->journal.fd = own->journal;
    own->journal = -1;
}

static int restrict_memory(struct vf_run_memory *run, unsigned task)
{
    const struct vf_plan *plan = run->plan;
    bool hands_on = plan->tasks[task - 1].node->shares_arenas;
    struct vf_leftovers leftovers = {.tasks = plan->task_count};
    bool *is_ancestor = calloc(plan->task_count + 1, sizeof(*is_ancestor));
    int err = is_ancestor ? VF_OK : -ENOMEM;
    if (is_ancestor)
        vf_run_memory_mark_ancestors(plan, task, is_ancestor);
    for (unsigned id = 1; !err && id <= plan->task_count; id++) {
        struct task_memory *memory = &run->tasks[id - 1];
        if (id == task) {
            run->arena_sizes[id] = memory->arena.bytes ? memory->arena.size : 0;
            if (!hands_on)
                vf_shared_memory_close(&memory->arena);
            vf_shared_memory_close(&memory->page);
            take_journal(run, memory);
        } else {
            err = look_at(run, task, id, is_ancestor[id], &leftovers);
        }
        run->arena_bytes[id] = memory->arena.bytes;
        run->arena_files[id] = hands_on && memory->arena.fd > 0 ? memory->arena.fd : -1;
    }
    vf_leftovers_drop(&leftovers);
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

/* Whether each of its outputs answers one input. */
static bool is_divided(const struct vf_plan_task *task)
{
    const struct vf_port_list *outputs = &task->node->outputs;
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->items[i].answers)
            return true;
    }
    return false;
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
    rules.is_divided = is_divided(task);
    rules.leads = rules.by == VF_JOIN_BY_ORIGIN && task->node->takes_gaps && !task->replica &&
                  !task->is_gather;
    rules.has_several = rules.leads && vf_node_takes_several(task->node);
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
        .is_over = &vf_run_memory_words(run, neighbour)->is_over,
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
    vf_trace_begin(&run->trace, vf_run_memory_ring(run, task), begin.begin_ns);
    vf_trace_add(&run->trace, &begin);
}

/* What the task has of its edges: in `in` those that come, in `out` those that go. */
static void fill_ends(struct vf_run_memory *run, const struct vf_plan_task *planned,
                      struct vf_edge_end *in, struct vf_edge_end *out)
{
    for (size_t i = 0; i < planned->in_count; i++)
        in[i] = end_of(run, planned->in_edges[i], planned->in_edges[i]->sender);
    for (size_t i = 0; i < planned->out_count; i++) {
        const struct task_memory *receiver = &run->tasks[planned->out_edges[i]->receiver - 1];
        struct vf_edge_terms *terms = &run->edges[planned->out_edges[i]->id];
        out[i] = end_of(run, planned->out_edges[i], planned->out_edges[i]->receiver);
        terms->sees = receiver->sees;
        terms->sees_count = (uint32_t)receiver->sees_count;
    }
}

/* Maps the arena of a task further up, in which a message lies that was passed on to this one. */
static uint8_t *map_arena(void *context, uint32_t task)
{
    struct vf_run_memory *run = context;
    struct vf_shared_memory *arena = &run->tasks[task - 1].arena;
    if (arena->fd < 0 || vf_shared_memory_make_read_only(arena) < 0)
        return NULL;
    vf_shared_memory_close(arena);
    run->arena_bytes[task] = arena->bytes;
    return arena->bytes;
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
    if (!err)
        err = copy_neighbours(run, planned);
    if (err)
        return err;
    struct vf_edge_end *in = run->ends, *out = run->ends + planned->in_count;
    fill_ends(run, planned, in, out);
    *wires = (struct vf_task_wires){
        .task = task,
        .in = in,
        .out = out,
        .in_count = planned->in_count,
        .out_count = planned->out_count,
        .input_count = planned->input_count,
        .rules = rules_of(planned),
        .is_replica = planned->replica > 0,
        .answers_late = planned->node->answers_late,
        .looks_ahead = planned->node->looks_ahead,
        .doorbell = own->doorbell,
        .stop_level = &vf_run_memory_words(run, task)->stop_level,
        .give_way = &vf_run_memory_words(run, task)->give_way,
        .is_paused = &vf_run_memory_words(run, task)->is_paused,
        .arenas = {.bytes = run->arena_bytes,
                   .sizes = run->arena_sizes,
                   .count = (uint32_t)tasks,
                   .map = map_arena,
                   .context = run},
        .arena_files = run->arena_files,
        .page = (void *)own->page.bytes,
        .trace = &run->trace,
        .tap = &run->tap,
        .journal = &run->journal,
        .notices = &run->notices,
        .is_replaceable = planned->recovery.restart != VF_RESTART_NO,
        .producers = run->producers,
        .producer_count = run->producer_count,
    };
    find_counted(run, task, wires);
    begin_trace(run, task);
    run->tap = (struct vf_tap){.fd = own->tap, .opened = &vf_run_memory_words(run, task)->taps};
    err = vf_arena_create(&wires->arena, task, own->arena.bytes, own->arena.size,
                          count_places(planned));
    if (!err)
        vf_arena_divide(wires->arena, planned->pools, planned->pool_count,
                        (size_t)vf_plan_memory_ceiling(run->plan, planned));
    return err;
}

static void drop_copies(struct vf_run_memory *run, const struct vf_task_wires *wires)
{
    for (size_t i = 0; i < wires->in_count; i++) {
        if (wires->in[i].terms->is_remote)
            free(run->edges[wires->in[i].terms->id].outbox);
    }
}

void vf_run_memory_leave(struct vf_run_memory *run, struct vf_task_wires *wires)
{
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
