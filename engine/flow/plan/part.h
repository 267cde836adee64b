/* SPDX-License-Identifier: MIT */
/* part.h - whether a run can make a part of the pictures, after others have made what lies before.
 *
 * For that the pictures of all writers that keep pieces (struct vf_node, `pieces`) come from one
 * source that can begin anywhere, by way of nodes that do not depend on more of what lies before than
 * they say (`warm_up`), and go nowhere else. What has nothing to do with pictures, such as the sound,
 * is made again from its beginning, and may be anything.
 */
#ifndef VF_ENGINE_FLOW_PLAN_PART_H
#define VF_ENGINE_FLOW_PLAN_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

struct vf_part_needs {
    uint64_t warm_up;  /* pictures before the part that tasks have to see */
    int64_t length_ns; /* of the pieces; 0: nothing is made in pieces */
    unsigned source;   /* the task that the pictures come from */
};

/* Returns the length of the pieces that a task keeps, and gives the path that they are for; 0: none. */
int64_t vf_part_pieces(const struct vf_plan_task *task, const char **path);

/* Finds out what a part needs. Returns -EINVAL, with the reason in `reason`, one line, where a run
 * cannot make one. */
VF_MUST_CHECK int vf_part_check(const struct vf_plan *plan, struct vf_part_needs *needs,
                                struct vf_text *reason);

#endif
