/* SPDX-License-Identifier: MIT */
/* group.h - the part of planning that makes one node out of a group. */
#ifndef VF_ENGINE_FLOW_PLAN_GROUP_H
#define VF_ENGINE_FLOW_PLAN_GROUP_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/units.h"
#include "engine/node/group/group.h"

/* Makes the group of a unit: the caller's. */
VF_MUST_CHECK int vf_plan_make_group(struct vf_group **module, const struct vf_units *units,
                                     size_t unit, struct vf_diagnostics *mistakes);

#endif
