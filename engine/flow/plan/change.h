/* SPDX-License-Identifier: MIT */
/* change.h - from the plan of a flow that runs to that of the same flow as it is wanted.
 *
 * Both plans are compared by the names of their tasks. A task that has all its edges and its
 * description as before is kept as it is; one that differs in some of that is renewed: a new process
 * goes on in its place. All others are added, or leave. A task of another type, or of a node whose
 * number of replicas has changed, leaves, and another is added under its name.
 *
 * Nothing that is on its way is lost: an edge that is not as wanted leaves, too. Its sender ends it,
 * and its receiver takes what is left there before it turns to the edges that were added in its
 * place (`turn`). Only what nobody is to read any more is abandoned.
 *
 * Ids stay: tasks and edges that are added are numbered after all others, and what has left remains
 * in the plan, and in the account of the run.
 */
#ifndef VF_ENGINE_FLOW_PLAN_CHANGE_H
#define VF_ENGINE_FLOW_PLAN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

enum vf_plan_step {
    VF_PLAN_KEEP,  /* also of what has left before */
    VF_PLAN_RENEW, /* another process, which knows the new edges and options */
    VF_PLAN_ADD,
    VF_PLAN_LEAVE,
};

struct vf_plan_change {
    struct vf_plan merged; /* the plan after the change; lends from both until it is carried out */
    enum vf_plan_step *steps;      /* of each of its tasks: id i at [i - 1] */
    unsigned *twins;               /* of each task of the wanted plan: its id in the merged one */
    size_t task_count, edge_count; /* what the present plan has */
};

/* Compares the plans, and touches neither: *change borrows both until it is finished. */
VF_MUST_CHECK int vf_plan_change_init(struct vf_plan_change *change, const struct vf_plan *present,
                                      const struct vf_plan *wanted);
void vf_plan_change_finish(struct vf_plan_change *change);

/* Says in a sentence what cannot be changed, whatever its tasks are. Returns false where nothing is
 * in the way. */
bool vf_plan_change_describe_obstacle(const struct vf_plan_change *change,
                                      const struct vf_plan *present, const struct vf_plan *wanted,
                                      struct vf_text *text);

/* Makes `present` the merged plan. Takes *wanted, parts of which it has by then. */
void vf_plan_change_carry_out(struct vf_plan_change *change, struct vf_plan *present,
                              struct vf_plan **wanted);

#endif
