/* SPDX-License-Identifier: MIT */
#include "engine/process/recovery.h"

#include "engine/base/clock.h"

/* Returns the round that a worker died of, or 0: one that was beginning, or asleep, died of
 * something else. */
static uint64_t fatal_round(const struct vf_recovery_death *death)
{
    bool has_worked = death->state == VF_TASK_BUSY || death->state == VF_TASK_FINISHING;
    return has_worked ? death->rounds + 1 : 0;
}

bool vf_recovery_may_restart(const struct vf_recovery *rules,
                             const struct vf_recovery_history *history)
{
    return rules->restart != VF_RESTART_NO && history->restarts < rules->max_restarts;
}

struct vf_recovery_decision vf_recovery_decide(const struct vf_recovery *rules,
                                               struct vf_recovery_history *history,
                                               const struct vf_recovery_death *death)
{
    uint64_t round = fatal_round(death);
    bool has_tried_twice = round && history->failed_round == round;
    bool may_go_on = rules->restart != VF_RESTART_NO && !death->is_halting;
    if (death->lived_ns > VF_RESTARTS_FORGIVEN_AFTER_NS)
        history->restarts = 0;
    if (round)
        history->failed_round = round;
    if (may_go_on && has_tried_twice && rules->on_error == VF_ON_ERROR_SKIP &&
        history->skipped_round != round) { /* or it died of putting it aside */
        history->skipped_round = round;
        if (history->restarts)
            history->restarts--; /* the one that tried it again: skipping is no restart */
        return (struct vf_recovery_decision){.step = VF_RECOVERY_SKIP};
    }
    if (may_go_on && !has_tried_twice && vf_recovery_may_restart(rules, history))
        return (struct vf_recovery_decision){
            .step = VF_RECOVERY_RESTART,
            .wait_ns = vf_recovery_backoff_ns(rules, ++history->restarts)};
    return (struct vf_recovery_decision){.step = VF_RECOVERY_GIVE_UP};
}

void vf_recovery_mark_part(const struct vf_plan *plan, size_t task, bool *is_part)
{
    bool has_grown = plan->tasks[task].recovery.on_error != VF_ON_ERROR_STOP_BRANCH;
    is_part[task] = has_grown;
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < plan->edge_count; i++) {
            if (plan->edges[i].is_leaving ||
                vf_plan_task_hears_run(vf_plan_sender(plan, &plan->edges[i])))
                continue; /* who is told of a part of the flow is no part of it */
            bool *sender = &is_part[plan->edges[i].sender - 1];
            bool *receiver = &is_part[plan->edges[i].receiver - 1];
            has_grown = has_grown || *sender != *receiver;
            *sender = *receiver = *sender || *receiver;
        }
    }
}

/* Whether a task does what is not its node's: it gets ready, takes up what another has left, or
 * closes its edges. */
static bool is_between_nodes(const struct vf_recovery_sight *sight)
{
    return sight->is_run_starting || sight->is_cleanup || sight->state == VF_TASK_STARTING;
}

int64_t vf_recovery_patience_ns(const struct vf_recovery *rules,
                                const struct vf_recovery_sight *sight)
{
    int64_t limit = rules->stall_after_ns;
    if (!is_between_nodes(sight))
        return limit;
    if (!limit)
        return VF_START_PATIENCE_NS;
    return limit < VF_START_LEAST_NS ? VF_START_LEAST_NS : limit;
}

bool vf_recovery_is_overdue(const struct vf_recovery *rules, const struct vf_recovery_sight *sight)
{
    int64_t patience = vf_recovery_patience_ns(rules, sight);
    return patience && sight->silent_ns >= patience;
}

bool vf_recovery_is_hung(const struct vf_recovery *rules, const struct vf_recovery_sight *sight)
{
    if (!vf_recovery_is_overdue(rules, sight))
        return false;
    if (is_between_nodes(sight))
        return !sight->is_run_starting || !sight->is_ready;
    if (sight->state == VF_TASK_BUSY && !sight->is_producer)
        return true;
    /* Others may open or finish something, which may take its time, but for what one before has brought
     * to an end already; or sleep, over their inputs or for room, as long as nobody wakes them. */
    bool is_again = sight->is_successor &&
                    (sight->state == VF_TASK_OPENING || sight->state == VF_TASK_FINISHING);
    return is_again || sight->is_stopped;
}
