/* SPDX-License-Identifier: MIT */
#include "engine/process/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/plan/change.h"
#include "engine/process/engine_inside.h"
#include "engine/process/exporter.h"
#include "engine/process/renewal.h"
#include "engine/process/supervisor.h"

/* Makes room for the tasks that are added. */
static int grow(struct vf_engine *engine, const struct vf_plan *merged)
{
    size_t present = engine->plan->task_count, count = merged->task_count;
    struct vf_worker *workers = realloc(engine->workers, count * sizeof(*workers));
    if (workers)
        engine->workers = workers;
    struct vf_task_outcome *outcomes = realloc(engine->outcomes, count * sizeof(*outcomes));
    if (outcomes)
        engine->outcomes = outcomes;
    if (!workers || !outcomes)
        return -ENOMEM;
    for (size_t i = present; i < count; i++)
        vf_supervisor_init_task(engine, &merged->tasks[i]);
    return VF_OK;
}

/* Begins what the change asks of each task. */
static void begin(struct vf_engine *engine, const enum vf_plan_step *steps,
                  struct vf_control_answer *answer)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (steps[i] == VF_PLAN_KEEP)
            continue;
        worker->renewal = answer->call;
        worker->step = steps[i];
        worker->awaits_change = steps[i] != VF_PLAN_ADD;
        if (steps[i] == VF_PLAN_RENEW)
            worker->due_change = engine->changes;
        if (steps[i] != VF_PLAN_ADD)
            continue;
        worker->renewed_process = 1;
        worker->start_at_ns = engine->clock.now_ns;
    }
    answer->is_later = true;
    vf_change_look(engine);
}

/* Makes the plan of the run the merged one. Takes *wanted. */
static int carry_out(struct vf_engine *engine, struct vf_plan_change *change,
                     struct vf_plan **wanted)
{
    int err = vf_engine_load_wires(&change->merged);
    if (!err)
        err = grow(engine, &change->merged);
    if (!err)
        err = vf_run_memory_extend(engine->memory, &change->merged);
    if (err)
        return err;
    vf_plan_change_carry_out(change, engine->settings.loader->plan, wanted);
    engine->changes++;
    return VF_OK;
}

/* What looks at all tasks has to see the new ones, too. */
static void look_again(struct vf_engine *engine)
{
    int err = vf_supervisor_begin_accounts(engine);
    if (!err) {
        vf_viewers_renew(engine);
        vf_exporter_renew(engine);
        return;
    }
    vf_log(VF_LOG_ERROR, "the run has no memory left to be watched; it is stopped");
    vf_supervisor_fail(engine, VF_EXIT_INTERNAL);
    vf_supervisor_stop(engine, VF_COURSE_HALT);
}

/* Has the change made, unless one of its tasks is in the way. Takes *wanted, if so. */
static void make_change(struct vf_engine *engine, struct vf_plan_change *change,
                        struct vf_plan **wanted, struct vf_control_answer *answer)
{
    size_t count = engine->plan->task_count, changed = 0;
    bool *is_renewed = calloc(count, sizeof(*is_renewed));
    for (size_t i = 0; i < change->merged.task_count; i++) {
        changed += change->steps[i] != VF_PLAN_KEEP;
        if (is_renewed && i < count)
            is_renewed[i] = change->steps[i] == VF_PLAN_RENEW;
    }
    if (!is_renewed)
        vf_control_refuse(answer, "the run has no memory left");
    else if (!changed)
        answer->object = json_pack("{s[]}", "tasks");
    else if (vf_renewal_may_begin(engine, is_renewed, true, answer)) {
        if (carry_out(engine, change, wanted) == VF_OK) {
            look_again(engine);
            begin(engine, change->steps, answer);
        } else {
            vf_control_refuse(answer, "the run has no memory or descriptors left");
        }
    }
    free(is_renewed);
}

static bool is_under_way(const struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].awaits_change)
            return true;
    }
    return false;
}

void vf_change_begin(struct vf_engine *engine, const char *file, struct vf_control_answer *answer)
{
    const struct vf_flow_loader *loader = engine->settings.loader;
    struct vf_plan_change change = {0};
    struct vf_plan *wanted = NULL;
    struct vf_text obstacle = {0};
    json_t *mistakes = NULL;
    if (!loader) {
        vf_control_refuse(answer, "this run cannot be changed");
        return;
    }
    if (is_under_way(engine) || vf_renewal_is_under_way(engine)) {
        vf_control_refuse(answer, "another change or restart is under way; try again");
        return;
    }
    if (loader->load(loader->context, file, &wanted, &mistakes) != VF_OK)
        answer->object = json_pack("{so?}", "mistakes", mistakes);
    else if (vf_plan_change_init(&change, engine->plan, wanted) < 0)
        vf_control_refuse(answer, "the run has no memory left");
    else if (vf_plan_change_describe_obstacle(&change, engine->plan, wanted, &obstacle))
        vf_control_refuse(answer, "%s", obstacle.bytes ? obstacle.bytes : "");
    else
        make_change(engine, &change, &wanted, answer);
    vf_plan_change_finish(&change);
    vf_text_finish(&obstacle);
    vf_plan_destroy(&wanted);
}

/* Whether a receiver would take the end of an edge that leaves for that of its input. */
static bool is_unaware(const struct vf_engine *engine, unsigned task)
{
    const struct vf_worker *worker = &engine->workers[task - 1];
    bool has_process = worker->pid || worker->start_at_ns;
    return has_process && !worker->is_cleanup && worker->change < worker->due_change;
}

/* Whether all know better that a task, or those that leave behind it, will end edges of. */
static bool are_all_aware(const struct vf_engine *engine, unsigned task)
{
    const struct vf_plan_task *planned = &engine->plan->tasks[task - 1];
    for (size_t i = 0; i < planned->out_count; i++) {
        const struct vf_plan_edge *edge = planned->out_edges[i];
        if (!edge->is_leaving)
            continue;
        if (is_unaware(engine, edge->receiver))
            return false;
        if (vf_plan_receiver(engine->plan, edge)->is_leaving &&
            !are_all_aware(engine, edge->receiver))
            return false;
    }
    return true;
}

void vf_change_look(struct vf_engine *engine)
{
    for (unsigned id = 1; id <= engine->plan->task_count; id++) {
        struct vf_worker *worker = &engine->workers[id - 1];
        const struct vf_plan_task *task = &engine->plan->tasks[id - 1];
        if (!worker->awaits_change || !are_all_aware(engine, id))
            continue;
        worker->awaits_change = false;
        if (!task->is_leaving)
            vf_renewal_ask(engine, id - 1);
        else if (task->node->kind == VF_PRODUCER)
            vf_run_memory_stop(engine->memory, id, VF_STOP_DRAIN);
    }
}

bool vf_change_is_missed_by(const struct vf_engine *engine, size_t task)
{
    const struct vf_worker *worker = &engine->workers[task];
    return worker->change < worker->due_change;
}
