/* SPDX-License-Identifier: MIT */
/* mark.h - tells whether a node of a flow is described as it was. */
#ifndef VF_ENGINE_FLOW_PLAN_MARK_H
#define VF_ENGINE_FLOW_PLAN_MARK_H

#include <stdint.h>

#include "engine/flow/flow.h"

/* Adds a node's type and options, as they are given, to a mark, which begins with 0. Two nodes that
 * are described alike have the same, in whatever order their options stand; of those that are not,
 * two in 2^64 do (FNV-1a). */
uint64_t vf_mark_add(uint64_t mark, const struct vf_flow_node *node);

#endif
