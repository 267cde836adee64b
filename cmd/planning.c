/* SPDX-License-Identifier: MIT */
#include "cmd/planning.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/flow/plan/memory_limit.h"
#include "nodes/all_nodes.h"

#define LONGEST_LOOK_NS (5 * VF_NS_PER_S) /* into the media, which may lie far away */

/* Has the tasks use as many cores, as vf_plan_create() does with those of this machine. */
static void settle_threads(struct vf_plan *plan, unsigned cores)
{
    unsigned here = UINT_MAX;
    for (size_t i = 0; i < plan->task_count; i++)
        here = plan->tasks[i].threads < here ? plan->tasks[i].threads : here;
    for (size_t i = 0; i < plan->task_count; i++)
        plan->tasks[i].threads = cores + (plan->tasks[i].threads - here);
}

enum vf_exit_status
vf_planning_open_elsewhere(const struct vf_flow_arguments *arguments, const char *file,
                           unsigned (*count)(void *context, const struct vf_plan *plan),
                           void *context, struct vf_plan **plan, struct vf_diagnostics *diagnostics)
{
    struct vf_flow *flow = NULL;
    *plan = NULL;
    enum vf_exit_status status = vf_flow_arguments_open(arguments, file, &flow);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_plan_create(plan, flow, &vf_all_nodes);
    if (!err && count)
        settle_threads(*plan, count(context, *plan));
    if (!err)
        err = vf_plan_foresee(*plan, LONGEST_LOOK_NS);
    if (!err) {
        vf_diagnostics_begin(diagnostics, flow->file);
        err = vf_flow_memory_check(flow, *plan, diagnostics);
        err = err == -EINVAL ? diagnostics->failure : err;
    }
    vf_flow_destroy(&flow);
    if (!err)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "%s: cannot be planned: %s", file, strerror(-err));
    vf_plan_destroy(plan);
    return VF_EXIT_INTERNAL;
}

enum vf_exit_status vf_planning_open(const struct vf_flow_arguments *arguments, const char *file,
                                     struct vf_plan **plan, struct vf_diagnostics *diagnostics)
{
    return vf_planning_open_elsewhere(arguments, file, NULL, NULL, plan, diagnostics);
}
