/* SPDX-License-Identifier: MIT */
#include "engine/process/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/process/engine_inside.h"
#include "engine/process/renewal.h"

static const struct vf_plan_task *find(const struct vf_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (strcmp(plan->tasks[i].name, name) == 0)
            return &plan->tasks[i];
    }
    return NULL;
}

/* Returns a task of one plan that the other has not; NULL: it has all. */
static const struct vf_plan_task *find_missing(const struct vf_plan *plan,
                                               const struct vf_plan *other)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (!find(other, plan->tasks[i].name))
            return &plan->tasks[i];
    }
    return NULL;
}

static bool is_same_edge(const struct vf_plan_edge *a, const struct vf_plan_edge *b)
{
    return a->sender == b->sender && a->sender_port == b->sender_port &&
           a->receiver == b->receiver && a->input == b->input && a->input_port == b->input_port &&
           a->depth == b->depth && a->drop == b->drop && a->delay_ns == b->delay_ns &&
           a->cells == b->cells && a->spread == b->spread && a->lane == b->lane;
}

static bool is_same_recovery(const struct vf_recovery *a, const struct vf_recovery *b)
{
    return a->restart == b->restart && a->max_restarts == b->max_restarts &&
           a->backoff_ns == b->backoff_ns && a->on_error == b->on_error &&
           a->stall_after_ns == b->stall_after_ns;
}

static bool is_same_task(const struct vf_plan_task *a, const struct vf_plan_task *b)
{
    return strcmp(a->name, b->name) == 0 && a->replica_count == b->replica_count &&
           a->join == b->join && a->tolerance_ns == b->tolerance_ns && a->missing == b->missing &&
           a->end == b->end && a->gpu == b->gpu && a->gpu_number == b->gpu_number &&
           a->node->kind == b->node->kind && a->input_count == b->input_count &&
           strcmp(a->node->name, b->node->name) == 0 &&
           is_same_recovery(&a->recovery, &b->recovery);
}

/* Says what differs beside options, in a sentence. Returns false where nothing does. */
static bool describe_obstacle(const struct vf_plan *plan, const struct vf_plan *wanted,
                              struct vf_text *text)
{
    const struct vf_plan_task *added = find_missing(wanted, plan),
                              *gone = find_missing(plan, wanted);
    if (added)
        vf_text_print(text, "%s is new: nodes cannot be added while the flow runs", added->name);
    else if (gone)
        vf_text_print(text, "%s is missing: nodes cannot be taken away while the flow runs",
                      gone->name);
    else if (plan->mode != wanted->mode || plan->transport.kind != wanted->transport.kind)
        vf_text_print(text, "the mode and the transport cannot be changed while the flow runs");
    for (size_t i = 0; !text->length && i < plan->task_count; i++) {
        if (!is_same_task(&plan->tasks[i], &wanted->tasks[i]))
            vf_text_print(text,
                          "of %s more than options has changed: type, order, replicas, joins, gpu "
                          "and restarts cannot be changed while the flow runs",
                          plan->tasks[i].name);
    }
    bool are_same = plan->edge_count == wanted->edge_count;
    for (size_t i = 0; are_same && i < plan->edge_count; i++)
        are_same = is_same_edge(&plan->edges[i], &wanted->edges[i]);
    if (!text->length && !are_same)
        vf_text_print(text, "inputs and queues cannot be changed while the flow runs");
    return text->length > 0;
}

/* Gives a task what its next process is to run, and keeps the former until the run is over. */
static void swap(struct vf_plan_task *present, struct vf_plan_task *wanted)
{
    struct vf_plan_task former = *present;
    present->node = wanted->node;
    present->options = wanted->options;
    present->group = wanted->group;
    present->mark = wanted->mark;
    wanted->node = former.node;
    wanted->options = former.options;
    wanted->group = former.group;
    wanted->mark = former.mark;
}

/* Keeps a plan, parts of which are used, as long as the engine. */
static int keep(struct vf_engine *engine, struct vf_plan *plan)
{
    struct vf_plan **kept =
        realloc(engine->former_plans, (engine->former_count + 1) * sizeof(struct vf_plan *));
    if (!kept)
        return -ENOMEM;
    engine->former_plans = kept;
    kept[engine->former_count++] = plan;
    return VF_OK;
}

/* Has all tasks renewed that have changed, unless one of them cannot be. Takes *wanted, if so. */
static void renew_changed(struct vf_engine *engine, struct vf_plan **wanted,
                          struct vf_control_answer *answer)
{
    struct vf_plan *plan = engine->settings.loader->plan;
    bool *is_changed = calloc(plan->task_count, sizeof(*is_changed));
    size_t count = 0;
    for (size_t i = 0; is_changed && i < plan->task_count; i++) {
        is_changed[i] = plan->tasks[i].mark != (*wanted)->tasks[i].mark;
        count += is_changed[i];
    }
    if (!is_changed) {
        vf_control_refuse(answer, "the run has no memory left");
    } else if (!count) {
        answer->object = json_pack("{s[]}", "tasks");
    } else if (vf_renewal_may_begin(engine, is_changed, true, answer)) {
        if (keep(engine, *wanted) < 0) {
            vf_control_refuse(answer, "the run has no memory left");
        } else {
            for (size_t i = 0; i < plan->task_count; i++) {
                if (is_changed[i])
                    swap(&plan->tasks[i], &(*wanted)->tasks[i]);
            }
            *wanted = NULL;
            vf_renewal_begin_all(engine, is_changed, answer);
        }
    }
    free(is_changed);
}

void vf_change_begin(struct vf_engine *engine, const char *file, struct vf_control_answer *answer)
{
    const struct vf_flow_loader *loader = engine->settings.loader;
    struct vf_plan *wanted = NULL;
    struct vf_text obstacle = {0};
    json_t *mistakes = NULL;
    if (!loader) {
        vf_control_refuse(answer, "this run cannot be changed");
        return;
    }
    if (loader->load(loader->context, file, &wanted, &mistakes) != VF_OK)
        answer->object = json_pack("{so?}", "mistakes", mistakes);
    else if (describe_obstacle(engine->plan, wanted, &obstacle))
        vf_control_refuse(answer, "%s", obstacle.bytes ? obstacle.bytes : "");
    else
        renew_changed(engine, &wanted, answer);
    vf_text_finish(&obstacle);
    vf_plan_destroy(&wanted);
}
