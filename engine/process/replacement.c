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

static const struct vf_recovery *recovery_of(const struct vf_engine *engine, size_t task)
{
    return &engine->plan->tasks[task].recovery;
}

static const struct vf_task_page *page_of(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_page(engine->memory, (unsigned)task + 1);
}

void vf_replacement_bury(struct vf_engine *engine, size_t task)
{
    engine->workers[task].is_burial = true;
    engine->workers[task].start_at_ns = vf_clock_now_ns();
}

static void restart_later(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_recovery *recovery = recovery_of(engine, task);
    int64_t wait = vf_recovery_backoff_ns(recovery, ++worker->restarts);
    worker->start_at_ns = vf_clock_now_ns() + wait;
    vf_log(VF_LOG_WARNING, "%s is started again in %.1f s (%u of %u)",
           engine->plan->tasks[task].name, (double)wait / VF_NS_PER_S, worker->restarts,
           recovery->max_restarts);
}

/* Puts the input aside that has ended two workers. That does not count as a restart. */
static void skip_round(struct vf_engine *engine, size_t task, uint64_t round, const char *cause)
{
    struct vf_worker *worker = &engine->workers[task];
    worker->skipped_round = round;
    snprintf(worker->skip_cause, sizeof(worker->skip_cause), "%s", cause);
    if (worker->restarts)
        worker->restarts--; /* the one that tried it again */
    worker->start_at_ns = vf_clock_now_ns();
}

/* Returns the round that a worker died of, or 0: one that was beginning, or asleep, died of something
 * else. */
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
    if (vf_clock_now_ns() - worker->started_ns > VF_RESTARTS_FORGIVEN_AFTER_NS)
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
    vf_replacement_bury(engine, task);
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
    int64_t now = vf_clock_now_ns();
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (!worker->start_at_ns || worker->start_at_ns > now)
            continue;
        worker->start_at_ns = 0;
        if (engine->course == VF_COURSE_KILL)
            continue; /* nobody is left to go on with */
        int err = vf_engine_start_worker(engine, (unsigned)i + 1);
        if (err) {
            vf_log(VF_LOG_ERROR, "cannot start %s again: %s", engine->plan->tasks[i].name,
                   strerror(-err));
            return err;
        }
    }
    return VF_OK;
}

/* Only the kernel knows whether a producer that is silent has been stopped. */
static bool is_stopped(pid_t pid)
{
    char path[32], state = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    bool is_read = file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1;
    if (file)
        fclose(file);
    return is_read && (state == 'T' || state == 't');
}

static bool is_hung(const struct vf_engine *engine, size_t task, int64_t now)
{
    const struct vf_task_page *page = page_of(engine, task);
    int64_t limit = recovery_of(engine, task)->stall_after_ns;
    uint32_t state = atomic_load(&page->state);
    int64_t alive = atomic_load(&page->alive_ns);
    if (alive < engine->workers[task].started_ns)
        alive = engine->workers[task].started_ns; /* what the page says is of the one before */
    if (!limit || now - alive < limit)
        return false;
    if (state == VF_TASK_BUSY && engine->plan->tasks[task].node->kind != VF_PRODUCER)
        return true;
    /* The others show themselves ten times a second, unless they open or finish something. */
    return state == VF_TASK_WAITING || state == VF_TASK_BLOCKED ||
           is_stopped(engine->workers[task].pid);
}

void vf_replacement_kill_hung(struct vf_engine *engine)
{
    int64_t now = vf_clock_now_ns();
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (!worker->pid || worker->is_hung || !is_hung(engine, i, now))
            continue;
        worker->is_hung = true;
        kill(worker->pid, SIGKILL);
    }
}
