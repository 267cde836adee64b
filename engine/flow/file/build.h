/* SPDX-License-Identifier: MIT */
/* build.h - makes a flow out of the tree of its file: what each key means. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_H
#define VF_ENGINE_FLOW_FILE_BUILD_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Removes what the flow's author keeps aside: every key that begins with "x-", except in the
 * value of an option. */
void vf_flow_build_prune(struct vf_tree *root);

/* Fills the empty `flow` from `root`, whose variables have been resolved. What is not understood
 * is reported and left out. Returns -ENOMEM when out of memory, else VF_OK. */
VF_MUST_CHECK int vf_flow_build(const struct vf_tree *root, struct vf_diagnostics *diagnostics,
                                struct vf_flow *flow);

#endif
