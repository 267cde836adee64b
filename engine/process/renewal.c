/* SPDX-License-Identifier: MIT */
#include "engine/process/renewal.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/process/change.h"
#include "engine/process/engine_inside.h"
#include "engine/process/named_task.h"

/* Returns why a task cannot be renewed; NULL: it can. A processor that remembers messages can where it
 * `may_forget` them. */
static const char *obstacle(const struct vf_engine *engine, size_t task, bool may_forget)
{
    const struct vf_worker *worker = &engine->workers[task];
    const struct vf_task_page *page = vf_run_memory_page(engine->memory, (unsigned)task + 1);
    if (!vf_plan_is_here(engine->plan, &engine->plan->tasks[task]))
        return "runs on another host; restart it there";
    if (may_forget && vf_plan_has_sockets(engine->plan))
        return "cannot be changed over ipc and tcp";
    bool has_process = worker->pid || worker->start_at_ns;
    if (!has_process || worker->is_cleanup || atomic_load(&page->state) >= VF_TASK_FINISHING)
        return "has ended, or is about to";
    bool may_change = may_forget;
    may_forget = may_forget && engine->plan->tasks[task].node->kind == VF_PROCESSOR;
    if (engine->plan->tasks[task].recovery.restart == VF_RESTART_NO && !may_forget)
        return may_change
                   ? "keeps what a new process would not have; under another name it would end, "
                     "and a new task begin"
                   : "keeps what a new process would not have; with restart: on-failure in "
                     "the flow it can be restarted without that";
    return worker->renewal ? "is being restarted already" : NULL;
}

bool vf_renewal_may_begin(const struct vf_engine *engine, const bool *tasks, bool may_forget,
                          struct vf_control_answer *answer)
{
    if (engine->state != VF_ENGINE_RUNNING || engine->course > VF_COURSE_RUN) {
        vf_control_refuse(answer, "the run is %s", engine->course ? "stopping" : "not running yet");
        return false;
    }
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        const char *reason = tasks[i] ? obstacle(engine, i, may_forget) : NULL;
        if (!reason)
            continue;
        vf_control_refuse(answer, "%s %s", engine->plan->tasks[i].name, reason);
        return false;
    }
    return true;
}

void vf_renewal_ask(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    worker->renewed_process = worker->starts + (worker->pid == 0); /* or the one that is due */
    if (worker->is_cleanup)
        return;
    if (!worker->pid) {
        if (worker->start_at_ns)
            worker->start_at_ns = engine->clock.now_ns; /* it has crashed, and waits its time */
        return;
    }
    worker->give_way_by_ns = engine->clock.now_ns + engine->settings.grace_ns;
    vf_run_memory_renew(engine->memory, (unsigned)task + 1, worker->starts);
}

static void begin_all(struct vf_engine *engine, const bool *tasks, struct vf_control_answer *answer)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (!tasks[i])
            continue;
        engine->workers[i].renewal = answer->call;
        engine->workers[i].step = VF_PLAN_RENEW;
        vf_renewal_ask(engine, i);
    }
    answer->is_later = true;
}

void vf_renewal_begin(struct vf_engine *engine, const char *name, struct vf_control_answer *answer)
{
    size_t count = engine->plan->task_count, found = 0;
    bool *tasks = calloc(count, sizeof(*tasks));
    for (size_t i = 0; tasks && i < count; i++) {
        tasks[i] = vf_named_task_is(&engine->plan->tasks[i], name);
        found += tasks[i];
    }
    if (!tasks)
        vf_control_refuse(answer, "the run has no memory left");
    else if (!found)
        vf_named_task_refuse(engine->plan, name, answer);
    else if (vf_renewal_may_begin(engine, tasks, false, answer))
        begin_all(engine, tasks, answer);
    free(tasks);
}

bool vf_renewal_takes(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    bool was_asked = worker->give_way_by_ns && worker->renewed_process == worker->starts;
    bool has_made_way = outcome->exit_status == 0 || worker->is_overdue;
    if (!was_asked || outcome->has_finished || !has_made_way)
        return false;
    worker->give_way_by_ns = 0;
    worker->is_overdue = false;
    worker->renewed_process++;
    if (engine->course < VF_COURSE_KILL)
        worker->start_at_ns = engine->clock.now_ns;
    vf_log(VF_LOG_INFO, "%s makes way for a new process", outcome->name);
    return true;
}

/* Whether the new process has begun, or no other comes. */
static bool is_done(const struct vf_engine *engine, size_t task)
{
    const struct vf_worker *worker = &engine->workers[task];
    const struct vf_task_page *page = vf_run_memory_page(engine->memory, (unsigned)task + 1);
    bool has_begun = worker->pid && worker->starts >= worker->renewed_process &&
                     !worker->give_way_by_ns && atomic_load(&page->state) != VF_TASK_STARTING;
    if (worker->step == VF_PLAN_LEAVE || worker->awaits_change)
        return !worker->awaits_change;
    return has_begun || (!worker->pid && !worker->start_at_ns) || worker->is_cleanup;
}

static const char *step_name(enum vf_plan_step step)
{
    static const char *const names[] = {[VF_PLAN_KEEP] = "kept",
                                        [VF_PLAN_RENEW] = "changed",
                                        [VF_PLAN_ADD] = "added",
                                        [VF_PLAN_LEAVE] = "removed"};
    return names[step];
}

/* Answers a call, if all that it was about has come to its end. */
static void answer_call(struct vf_engine *engine, uint64_t call)
{
    struct vf_control_answer answer = {0};
    json_t *tasks = json_array();
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].renewal == call && !is_done(engine, i)) {
            json_decref(tasks);
            return;
        }
    }
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (worker->renewal != call)
            continue;
        bool has_ended = !worker->pid || worker->is_cleanup;
        json_array_append_new(
            tasks, json_pack("{ss ss so}", "name", engine->plan->tasks[i].name, "step",
                             step_name(worker->step), "pid",
                             has_ended ? json_null() : json_integer((json_int_t)worker->pid)));
        worker->renewal = 0;
    }
    answer.object = json_pack("{so}", "tasks", tasks);
    vf_control_answer(engine->presence.control, call, &answer);
}

bool vf_renewal_is_under_way(const struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].renewal)
            return true;
    }
    return false;
}

void vf_renewal_look(struct vf_engine *engine)
{
    vf_change_look(engine);
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (worker->pid && worker->give_way_by_ns && !worker->is_overdue &&
            engine->clock.now_ns >= worker->give_way_by_ns) {
            worker->is_overdue = true;
            vf_log(VF_LOG_WARNING, "%s has not come to the end of a message within %.1f s; killed",
                   engine->plan->tasks[i].name, (double)engine->settings.grace_ns / VF_NS_PER_S);
            vf_worker_kill(worker);
        }
        if (worker->renewal)
            answer_call(engine, worker->renewal);
    }
}
