/* SPDX-License-Identifier: MIT */
#include "engine/account/wait_graph.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/account/report.h"
#include "engine/base/array.h"
#include "engine/edge/page/task_page.h"

/* Where several are waited for, and any of them will do. */
#define ANY_GROUP UINT32_MAX

const char *vf_activity_name(enum vf_activity activity)
{
    static const char *const names[] = {
        [VF_ACTIVITY_OVER] = "over",       [VF_ACTIVITY_BUSY] = "busy",
        [VF_ACTIVITY_SILENT] = "silent",   [VF_ACTIVITY_OPENING] = "opening",
        [VF_ACTIVITY_INPUT] = "input",     [VF_ACTIVITY_ROOM] = "room",
        [VF_ACTIVITY_RELEASE] = "release", [VF_ACTIVITY_PAUSED] = "paused",
    };
    return activity < VF_COUNT(names) && names[activity] ? names[activity] : "?";
}

static const struct vf_edge_terms *terms_of(const struct vf_wait_graph *graph,
                                            const struct vf_plan_edge *edge)
{
    return vf_run_memory_edge(graph->memory, edge->id);
}

static enum vf_task_state state_of(const struct vf_wait_graph *graph, unsigned task)
{
    return atomic_load(&vf_run_memory_page(graph->memory, task)->state);
}

/* Counts what stands in the queue of an edge, gaps and the end included. */
static uint64_t count_queued(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    const struct vf_edge_terms *terms = terms_of(graph, edge);
    uint64_t taken = vf_page_load(&terms->inbox->taken),
             published = vf_page_load(&terms->outbox->published);
    return published > taken ? published - taken : 0;
}

/* Counts the data among it. */
static uint64_t count_waiting(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    const struct vf_inbox_page *inbox = terms_of(graph, edge)->inbox;
    uint64_t gone = vf_page_load(&inbox->data_taken) + vf_page_load(&inbox->unmatched) +
                    vf_page_load(&inbox->skipped);
    uint64_t data = vf_page_load(&terms_of(graph, edge)->outbox->data_published);
    return data > gone ? data - gone : 0;
}

/* Counts what the receiver of an edge is not done with. */
static uint64_t count_unreleased(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    const struct vf_edge_terms *terms = terms_of(graph, edge);
    uint64_t count = 0, taken = vf_page_load(&terms->inbox->taken);
    bool is_closed = atomic_load(&terms->inbox->is_closed);
    for (uint32_t cell = 0; cell < terms->cells; cell++) {
        uint64_t sequence = vf_page_load(&vf_outbox_page_cell(terms->outbox, cell)->sequence);
        bool is_given_back = is_closed && sequence > taken;
        count += sequence > vf_page_load(vf_inbox_page_done(terms->inbox, cell)) && !is_given_back;
    }
    return count;
}

static int add_wait(struct vf_wait_graph *graph, unsigned task, struct vf_wait wait)
{
    struct vf_task_status *status = &graph->statuses[task - 1];
    struct vf_wait *grown = realloc(status->waits, (status->count + 1) * sizeof(*status->waits));
    if (!grown)
        return -ENOMEM;
    status->waits = grown;
    grown[status->count++] = wait;
    return VF_OK;
}

/* Whether something may still come by an edge. */
static bool is_open(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    bool has_ended = state_of(graph, edge->sender) == VF_TASK_ENDED;
    const struct vf_inbox_page *inbox = terms_of(graph, edge)->inbox;
    return !atomic_load(&inbox->is_closed) && !atomic_load(&inbox->ended) &&
           (!has_ended || count_queued(graph, edge));
}

/* Whether nothing waits on any lane of the input of `edge`. */
static bool is_input_empty(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *task = vf_plan_receiver(graph->plan, edge);
    for (size_t i = 0; i < task->in_count; i++) {
        if (task->in_edges[i]->input == edge->input && count_queued(graph, task->in_edges[i]))
            return false;
    }
    return true;
}

/* What a task without input may wait for, the likeliest first. */
enum guess {
    GUESS_EMPTY_INPUT, /* on which nothing has come, on no lane */
    GUESS_EMPTY_LANE,  /* of an input whose other lanes have something of later order */
    GUESS_UNSEEN,      /* what has come: it does not see it */
    GUESS_COUNT,
};

static bool is_guessed(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge,
                       enum guess guess)
{
    if (guess == GUESS_EMPTY_INPUT)
        return is_input_empty(graph, edge);
    return (count_queued(graph, edge) == 0) == (guess == GUESS_EMPTY_LANE);
}

/* Whether a task that takes each message by itself has one to take. */
static bool has_any(const struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->in_count && task->node->takes == VF_TAKES_EACH; i++) {
        if (count_queued(graph, task->in_edges[i]))
            return true;
    }
    return false;
}

static int find_inputs(struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    const struct vf_task_status *status = &graph->statuses[task->id - 1];
    bool takes_any = task->node->takes == VF_TAKES_EACH;
    enum guess guess = has_any(graph, task) ? GUESS_UNSEEN : GUESS_EMPTY_INPUT;
    int err = VF_OK;
    for (; guess < GUESS_COUNT && !status->count && !err; guess++) {
        for (size_t i = 0; i < task->in_count && !err; i++) {
            const struct vf_plan_edge *edge = task->in_edges[i];
            struct vf_wait wait = {.task = edge->sender,
                                   .group = takes_any ? ANY_GROUP : edge->input,
                                   .edge = edge,
                                   .count = count_queued(graph, edge)};
            if (is_open(graph, edge) && is_guessed(graph, edge, guess))
                err = add_wait(graph, task->id, wait);
        }
    }
    return err;
}

static bool is_waited_for_room(const struct vf_wait_graph *graph, const struct vf_plan_edge *edge)
{
    return atomic_load(&terms_of(graph, edge)->outbox->waits) & VF_WAITS_FOR_ROOM;
}

/* Whether of the queues in which a task waits for room one is full, and no other will do. */
static bool has_full_queue(const struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        if (!edge->spread && is_waited_for_room(graph, edge) &&
            count_waiting(graph, edge) >= edge->depth)
            return true;
    }
    return false;
}

/* A fork waits for room in all its queues at once: those that have some are not the reason. */
static int find_rooms(struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    bool is_one_full = has_full_queue(graph, task);
    int err = VF_OK;
    for (size_t i = 0; i < task->out_count && !err; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        uint64_t count = count_waiting(graph, edge);
        bool has_room = is_one_full && !edge->spread && count < edge->depth;
        if (has_room || !is_waited_for_room(graph, edge))
            continue;
        unsigned own = (unsigned)edge->id,
                 shared = (unsigned)graph->plan->edge_count + edge->spread;
        err = add_wait(graph, task->id,
                       (struct vf_wait){.task = edge->receiver,
                                        .group = edge->spread ? shared : own,
                                        .edge = edge,
                                        .count = count});
    }
    return err;
}

static bool has_unreleased(const struct vf_wait_graph *graph, unsigned task)
{
    const struct vf_plan_task *sender = &graph->plan->tasks[task - 1];
    for (size_t i = 0; i < sender->out_count; i++) {
        if (count_unreleased(graph, sender->out_edges[i]))
            return true;
    }
    return false;
}

/* Finds who holds what `sender` has sent: its receivers, or those to whom they have sent it on. */
static int find_holders(struct vf_wait_graph *graph, unsigned task,
                        const struct vf_plan_task *sender, bool *is_seen)
{
    int err = VF_OK;
    for (size_t i = 0; i < sender->out_count && !err; i++) {
        const struct vf_plan_edge *edge = sender->out_edges[i];
        const struct vf_plan_task *receiver = vf_plan_receiver(graph->plan, edge);
        uint64_t count = count_unreleased(graph, edge);
        if (!count || is_seen[receiver->id - 1])
            continue;
        is_seen[receiver->id - 1] = true;
        bool has_sent_on = state_of(graph, receiver->id) == VF_TASK_WAITING &&
                           !receiver->node->holds && !receiver->node->lingers &&
                           !count_queued(graph, edge) && has_unreleased(graph, receiver->id);
        err = has_sent_on ? find_holders(graph, task, receiver, is_seen)
                          : add_wait(graph, task,
                                     (struct vf_wait){.task = receiver->id,
                                                      .group = ANY_GROUP,
                                                      .edge = edge,
                                                      .count = count});
    }
    return err;
}

static int find_releases(struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    bool *is_seen = calloc(graph->plan->task_count, sizeof(*is_seen));
    if (!is_seen)
        return -ENOMEM;
    int err = find_holders(graph, task->id, task, is_seen);
    free(is_seen);
    return err;
}

static int find_waits(struct vf_wait_graph *graph, const struct vf_plan_task *task)
{
    struct vf_task_status *status = &graph->statuses[task->id - 1];
    switch (state_of(graph, task->id)) {
    case VF_TASK_STARTING:
    case VF_TASK_OPENING:
        status->activity = VF_ACTIVITY_OPENING;
        return VF_OK;
    case VF_TASK_WAITING:
        if (vf_run_memory_is_paused(graph->memory, task->id)) {
            status->activity = VF_ACTIVITY_PAUSED;
            return VF_OK;
        }
        status->activity = VF_ACTIVITY_INPUT;
        return find_inputs(graph, task);
    case VF_TASK_BLOCKED: {
        status->activity = VF_ACTIVITY_ROOM;
        int err = find_rooms(graph, task);
        if (err || status->count)
            return err;
        status->activity = VF_ACTIVITY_RELEASE;
        return find_releases(graph, task);
    }
    case VF_TASK_ENDED:
        status->activity = VF_ACTIVITY_OVER;
        return VF_OK;
    default:
        status->activity = task->node->kind == VF_PRODUCER ? VF_ACTIVITY_SILENT : VF_ACTIVITY_BUSY;
        return VF_OK;
    }
}

const char *vf_wait_graph_state_name(enum vf_task_state state, enum vf_activity activity)
{
    return activity == VF_ACTIVITY_PAUSED ? "paused" : vf_report_state_name(state);
}

/* Returns whether of the group of wait number `at` somebody can move. */
static bool can_group_move(const struct vf_wait_graph *graph, const struct vf_task_status *status,
                           size_t at)
{
    for (size_t i = 0; i < status->count; i++) {
        const struct vf_wait *wait = &status->waits[i];
        if (wait->group == status->waits[at].group && graph->statuses[wait->task - 1].can_move)
            return true;
    }
    return false;
}

/* Returns the first wait of which nobody in its group can move, or the number of waits. */
static size_t find_hopeless(const struct vf_wait_graph *graph, const struct vf_task_status *status)
{
    size_t at = 0;
    while (at < status->count && can_group_move(graph, status, at))
        at++;
    return at;
}

/* Whoever waits for nobody can move, and so can those who wait only for such. */
static void find_who_can_move(struct vf_wait_graph *graph)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i < graph->plan->task_count; i++) {
            struct vf_task_status *status = &graph->statuses[i];
            if (status->can_move || find_hopeless(graph, status) < status->count)
                continue;
            status->can_move = has_changed = true;
        }
    }
}

int vf_wait_graph_init(struct vf_wait_graph *graph, const struct vf_plan *plan,
                       const struct vf_run_memory *memory)
{
    *graph = (struct vf_wait_graph){.plan = plan, .memory = memory};
    graph->statuses = calloc(plan->task_count + 1, sizeof(*graph->statuses));
    int err = graph->statuses ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < plan->task_count && !err; i++)
        err = find_waits(graph, &plan->tasks[i]);
    if (err) {
        vf_wait_graph_finish(graph);
        return err;
    }
    for (size_t i = 0; i < plan->task_count; i++) {
        for (size_t j = 0; j < graph->statuses[i].count; j++)
            graph->statuses[graph->statuses[i].waits[j].task - 1].is_waited_for = true;
    }
    find_who_can_move(graph);
    return VF_OK;
}

void vf_wait_graph_finish(struct vf_wait_graph *graph)
{
    for (size_t i = 0; graph->statuses && i < graph->plan->task_count; i++)
        free(graph->statuses[i].waits);
    free(graph->statuses);
    graph->statuses = NULL;
}

/* Whether a queue is as it must be for whoever waits for it, whether or not it is looked at. */
static bool is_wait_certain(const struct vf_task_status *status, const struct vf_wait *wait)
{
    if (status->activity == VF_ACTIVITY_INPUT)
        return wait->count == 0;
    return status->activity == VF_ACTIVITY_ROOM && wait->count >= wait->edge->depth;
}

/* Whether of the group of wait number `at` nobody can move, and all are waited for with
 * certainty. */
static bool is_group_dead(const struct vf_wait_graph *graph, const struct vf_task_status *status,
                          size_t at)
{
    for (size_t i = 0; i < status->count; i++) {
        if (status->waits[i].group == status->waits[at].group &&
            !is_wait_certain(status, &status->waits[i]))
            return false;
    }
    return !can_group_move(graph, status, at);
}

/* Whether something that a task needs can never come. Of what it also waits for, such as room in a
 * queue that has some again, it may not have heard. */
static bool is_dead(const struct vf_wait_graph *graph, const struct vf_task_status *status)
{
    for (size_t i = 0; i < status->count; i++) {
        if (is_group_dead(graph, status, i))
            return true;
    }
    return false;
}

/* Whether of the tasks but those that are left out none can move, and some have not ended. */
static bool are_dead(const struct vf_wait_graph *graph, const bool *is_left_out)
{
    bool has_living = false;
    for (size_t i = 0; i < graph->plan->task_count; i++) {
        const struct vf_task_status *status = &graph->statuses[i];
        if (status->activity == VF_ACTIVITY_OVER || is_left_out[i])
            continue;
        if (status->can_move || !is_dead(graph, status))
            return false;
        has_living = true;
    }
    return has_living;
}

bool vf_wait_graph_is_dead_lock(const struct vf_wait_graph *graph)
{
    bool *follow = calloc(graph->plan->task_count + 1, sizeof(*follow));
    if (!follow)
        return false;
    vf_plan_mark_only_followers(graph->plan, follow); /* who hear of the run can always move */
    bool is_dead_lock = are_dead(graph, follow);
    free(follow);
    return is_dead_lock;
}

const struct vf_wait *vf_wait_graph_next(const struct vf_wait_graph *graph, unsigned task)
{
    const struct vf_task_status *status = &graph->statuses[task - 1];
    return &status->waits[find_hopeless(graph, status)];
}

bool vf_wait_graph_circle(const struct vf_wait_graph *graph, unsigned task, unsigned *first)
{
    if (graph->statuses[task - 1].can_move)
        return false;
    /* After as many steps as there are tasks, one is in the circle; after as many again, all of it
     * have been seen. */
    for (size_t i = 0; i < graph->plan->task_count; i++)
        task = vf_wait_graph_next(graph, task)->task;
    *first = task;
    for (size_t i = 0; i < graph->plan->task_count; i++) {
        task = vf_wait_graph_next(graph, task)->task;
        *first = task < *first ? task : *first;
    }
    return true;
}
