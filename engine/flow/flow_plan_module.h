/* SPDX-License-Identifier: MIT */
/* flow_plan_module.h - the part of planning that makes one node out of a group. */
#ifndef VF_ENGINE_FLOW_FLOW_PLAN_MODULE_H
#define VF_ENGINE_FLOW_FLOW_PLAN_MODULE_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow_units.h"
#include "engine/node/module.h"

/* Makes the module of a unit that is a group: the caller's. */
VF_MUST_CHECK int vf_plan_make_module(struct vf_module **module, const struct vf_units *units,
                                      size_t unit, struct vf_diagnostics *mistakes);

#endif
