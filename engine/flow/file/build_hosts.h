/* SPDX-License-Identifier: MIT */
/* build_hosts.h - what a flow file says of the machines that its nodes run on. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_HOSTS_H
#define VF_ENGINE_FLOW_FILE_BUILD_HOSTS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Reads `hosts: {cam1: {nodes: [reader], address: 10.0.0.5}, ...}`, and gives every node of the flow,
 * whose nodes are all there, its host. `tree` may be NULL. */
VF_MUST_CHECK int vf_flow_build_hosts(const struct vf_tree *tree,
                                      struct vf_diagnostics *diagnostics, struct vf_flow *flow);

/* Says whose part of the flow this is: that of the host `name`, which there has to be, or of all. NULL
 * changes nothing. */
VF_MUST_CHECK int vf_flow_build_here(const char *name, struct vf_diagnostics *diagnostics,
                                     struct vf_flow *flow);

#endif
