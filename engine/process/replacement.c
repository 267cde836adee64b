/* SPDX-License-Identifier: MIT */
#include "engine/process/replacement.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/process/supervisor.h"
#include "engine/run/start_failure.h"

static const struct vf_recovery *recovery_of(const struct vf_engine *engine, size_t task)
{
    return &engine->plan->tasks[task].recovery;
}

static const struct vf_task_page *page_of(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_page(engine->memory, (unsigned)task + 1);
}

void vf_replacement_close_out(struct vf_engine *engine, size_t task)
{
    engine->workers[task].is_cleanup = true;
    engine->workers[task].start_at_ns = engine->clock.now_ns;
}

static void restart_later(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_recovery *recovery = recovery_of(engine, task);
    int64_t wait = vf_recovery_backoff_ns(recovery, ++worker->restarts);
    worker->start_at_ns = engine->clock.now_ns + wait;
    vf_log(VF_LOG_WARNING, "%s is started again in %.1f s (%u of %u)",
           engine->plan->tasks[task].name, (double)wait / VF_NS_PER_S, worker->restarts,
           recovery->max_restarts);
}

bool vf_replacement_retry_start(struct vf_engine *engine, size_t task)
{
    const struct vf_recovery *recovery = recovery_of(engine, task);
    if (recovery->restart == VF_RESTART_NO ||
        engine->workers[task].restarts >= recovery->max_restarts)
        return false;
    restart_later(engine, task);
    return true;
}

/* Puts the input aside that has ended two workers. That does not count as a restart. */
static void skip_round(struct vf_engine *engine, size_t task, uint64_t round, const char *cause)
{
    struct vf_worker *worker = &engine->workers[task];
    worker->skipped_round = round;
    snprintf(worker->skip_cause, sizeof(worker->skip_cause), "%s", cause);
    if (worker->restarts)
        worker->restarts--; /* the one that tried it again */
    worker->start_at_ns = engine->clock.now_ns;
}

/* Returns the round that a worker died of, or 0: one that was beginning, or asleep, died of
 * something else. */
static uint64_t fatal_round(const struct vf_engine *engine, size_t task)
{
    const struct vf_task_page *page = page_of(engine, task);
    uint32_t state = atomic_load(&page->state);
    bool has_worked = state == VF_TASK_BUSY || state == VF_TASK_FINISHING;
    return has_worked ? atomic_load(&page->rounds) + 1 : 0;
}

int vf_replacement_decide(struct vf_engine *engine, size_t task, const char *cause)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_recovery *recovery = recovery_of(engine, task);
    uint64_t round = fatal_round(engine, task);
    bool has_tried_twice = round && worker->failed_round == round;
    if (engine->clock.now_ns - worker->started_ns > VF_RESTARTS_FORGIVEN_AFTER_NS)
        worker->restarts = 0;
    if (round)
        worker->failed_round = round;
    bool may_restart = recovery->restart != VF_RESTART_NO && engine->course < VF_COURSE_HALT;
    if (may_restart && has_tried_twice && recovery->on_error == VF_ON_ERROR_SKIP &&
        worker->skipped_round != round) { /* or it died of putting it aside */
        skip_round(engine, task, round, cause);
        return VF_OK;
    }
    if (may_restart && !has_tried_twice && worker->restarts < recovery->max_restarts) {
        restart_later(engine, task);
        return VF_OK;
    }
    vf_supervisor_fail(engine, VF_EXIT_FAILED);
    vf_replacement_close_out(engine, task);
    return vf_replacement_end_part(engine, task);
}

/* Marks the tasks that hang together with one, over edges in any direction. */
static void mark_part(const struct vf_plan *plan, size_t task, bool *is_part)
{
    bool has_grown = true;
    is_part[task] = true;
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < plan->edge_count; i++) {
            bool *sender = &is_part[plan->edges[i].sender - 1];
            bool *receiver = &is_part[plan->edges[i].receiver - 1];
            has_grown = has_grown || *sender != *receiver;
            *sender = *receiver = *sender || *receiver;
        }
    }
}

int vf_replacement_end_part(struct vf_engine *engine, size_t task)
{
    if (recovery_of(engine, task)->on_error == VF_ON_ERROR_STOP_BRANCH ||
        engine->course >= VF_COURSE_DRAIN)
        return VF_OK;
    bool *is_part = calloc(engine->plan->task_count, sizeof(*is_part));
    if (!is_part)
        return -ENOMEM;
    mark_part(engine->plan, task, is_part);
    vf_supervisor_drain(engine, is_part);
    free(is_part);
    return VF_OK;
}

bool vf_replacement_is_due(const struct vf_engine *engine, int64_t *next_ns)
{
    bool is_due = false;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        int64_t start = engine->workers[i].start_at_ns;
        if (!start || (is_due && start >= *next_ns))
            continue;
        *next_ns = start;
        is_due = true;
    }
    return is_due;
}

int vf_replacement_start_due(struct vf_engine *engine)
{
    int64_t now = engine->clock.now_ns;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (!worker->start_at_ns || worker->start_at_ns > now)
            continue;
        worker->start_at_ns = 0;
        if (engine->course == VF_COURSE_KILL)
            continue; /* nobody is left to go on with */
        int err = vf_engine_start_worker(engine, (unsigned)i + 1);
        if (err) {
            struct vf_start_attempt attempt = {.purpose = "start another process",
                                               .name = engine->plan->tasks[i].name,
                                               .call = "fork"};
            return vf_start_failure(&attempt, err);
        }
    }
    return VF_OK;
}

/* Only the kernel knows whether a producer that is silent has been stopped. The name may have
 * anything in it, parentheses too; so the state is behind the last. */
static bool is_stopped(pid_t pid)
{
    char path[32], line[256];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    line[length] = '\0';
    if (file)
        fclose(file);
    const char *name_end = strrchr(line, ')');
    return name_end && (strncmp(name_end, ") T", 3) == 0 || strncmp(name_end, ") t", 3) == 0);
}

/* Whether a task does what is not its node's: it gets ready, takes up what another has left, or
 * ends what it has left. */
static bool is_between_nodes(const struct vf_engine *engine, size_t task)
{
    uint32_t state = atomic_load(&page_of(engine, task)->state);
    return engine->state == VF_ENGINE_STARTING || engine->workers[task].is_cleanup ||
           state == VF_TASK_STARTING;
}

int64_t vf_replacement_patience_ns(const struct vf_engine *engine, size_t task)
{
    int64_t limit = recovery_of(engine, task)->stall_after_ns;
    if (!is_between_nodes(engine, task))
        return limit;
    if (!limit)
        return VF_START_PATIENCE_NS;
    return limit < VF_START_LEAST_NS ? VF_START_LEAST_NS : limit;
}

/* Returns since when a worker has shown no sign of life, as far as was seen. */
static int64_t silent_since(const struct vf_engine *engine, size_t task)
{
    int64_t seen = engine->workers[task].alive_seen_ns;
    bool is_starting = engine->state == VF_ENGINE_STARTING; /* they get in each other's way */
    return is_starting && engine->start_moved_ns > seen ? engine->start_moved_ns : seen;
}

static bool is_hung(const struct vf_engine *engine, size_t task)
{
    const struct vf_worker *worker = &engine->workers[task];
    uint32_t state = atomic_load(&page_of(engine, task)->state);
    int64_t limit = vf_replacement_patience_ns(engine, task);
    if (!limit || engine->clock.now_ns - silent_since(engine, task) < limit)
        return false;
    if (is_between_nodes(engine, task))
        return engine->state != VF_ENGINE_STARTING || !worker->is_ready;
    if (state == VF_TASK_BUSY && engine->plan->tasks[task].node->kind != VF_PRODUCER)
        return true;
    /* The others show themselves ten times a second, unless they open or finish something; that
     * may take its time, but for what one before has brought to an end already. */
    bool is_again = worker->starts > 1 && (state == VF_TASK_OPENING || state == VF_TASK_FINISHING);
    return state == VF_TASK_WAITING || state == VF_TASK_BLOCKED || is_again ||
           is_stopped(worker->pid);
}

static void look_for_life(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    int64_t stamp = atomic_load(&page_of(engine, task)->alive_ns);
    if (stamp == worker->alive_stamp)
        return;
    worker->alive_stamp = stamp;
    worker->alive_seen_ns = engine->clock.now_ns;
}

void vf_replacement_kill_hung(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        look_for_life(engine, i);
        if (!worker->pid || worker->is_hung || !is_hung(engine, i))
            continue;
        worker->is_hung = true;
        kill(worker->pid, SIGKILL);
    }
}
