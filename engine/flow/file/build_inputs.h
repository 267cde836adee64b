/* SPDX-License-Identifier: MIT */
/* build_inputs.h - the `inputs` of a node, in each of their forms. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_INPUTS_H
#define VF_ENGINE_FLOW_FILE_BUILD_INPUTS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"
#include "engine/flow/vocabulary.h"

/* Reads one `queue:` or `drop:` of `owner`, and reports any other key. */
VF_MUST_CHECK int vf_edge_values_read(const struct vf_tree *tree, const char *owner,
                                      struct vf_diagnostics *diagnostics,
                                      struct vf_edge_values *values);

/* Adds the inputs that `tree` lists to `node`. What is not understood is reported and left out. */
VF_MUST_CHECK int vf_flow_build_inputs(const struct vf_tree *tree,
                                       struct vf_diagnostics *diagnostics,
                                       struct vf_flow_node *node);

#endif
