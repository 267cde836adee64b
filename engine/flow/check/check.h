/* SPDX-License-Identifier: MIT */
/* check.h - looks for every mistake in a flow that can be found before it runs. */
#ifndef VF_ENGINE_FLOW_CHECK_CHECK_H
#define VF_ENGINE_FLOW_CHECK_CHECK_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

/* Checks options, files, inputs, ports and the graph. Goes on after each mistake, but does not
 * report what only follows from another. Returns -EINVAL when one was found, -ENOMEM when memory
 * is short. */
VF_MUST_CHECK int vf_flow_check(const struct vf_flow *flow, const struct vf_node_list *nodes,
                                struct vf_diagnostics *diagnostics);

#endif
