/* SPDX-License-Identifier: MIT */
/* build_node.h - one node of a flow file: its type, its inputs, its keys and its options. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_NODE_H
#define VF_ENGINE_FLOW_FILE_BUILD_NODE_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Adds the node that `tree` describes. What is not understood is reported and left out. */
VF_MUST_CHECK int vf_flow_build_node(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                                     struct vf_flow *flow);

#endif
