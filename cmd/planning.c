/* SPDX-License-Identifier: MIT */
#include "cmd/planning.h"

#include <errno.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/flow/plan/memory_limit.h"
#include "nodes/all_nodes.h"

#define LONGEST_LOOK_NS (5 * VF_NS_PER_S) /* into the media, which may lie far away */

enum vf_exit_status vf_planning_open(const struct vf_flow_arguments *arguments, const char *file,
                                     struct vf_plan **plan, struct vf_diagnostics *diagnostics)
{
    struct vf_flow *flow = NULL;
    *plan = NULL;
    enum vf_exit_status status = vf_flow_arguments_open(arguments, file, &flow);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_plan_create(plan, flow, &vf_all_nodes);
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
