/* SPDX-License-Identifier: MIT */
/* build_defaults.h - the `defaults` of a flow file: what its edges and nodes have that do not
 * say otherwise.
 */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_DEFAULTS_H
#define VF_ENGINE_FLOW_FILE_BUILD_DEFAULTS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Reads them from `tree`, which may be NULL, before any node is added. What is not understood is
 * reported and left out. */
VF_MUST_CHECK int vf_flow_build_defaults(const struct vf_tree *tree,
                                         struct vf_diagnostics *diagnostics, struct vf_flow *flow);

#endif
