/* SPDX-License-Identifier: MIT */
/* build_transport.h - what a flow file says of the way between its tasks. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_TRANSPORT_H
#define VF_ENGINE_FLOW_FILE_BUILD_TRANSPORT_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Reads `transport: tcp` or `transport: {tcp: {host: 127.0.0.1, base: 5000}}`; `tree` may be
 * NULL. What is not understood is reported and left out. */
VF_MUST_CHECK int vf_flow_build_transport(const struct vf_tree *tree,
                                          struct vf_diagnostics *diagnostics, struct vf_flow *flow);

/* The same with `security: curve` or `security: none`. */
VF_MUST_CHECK int vf_flow_build_security(const struct vf_tree *tree,
                                         struct vf_diagnostics *diagnostics, struct vf_flow *flow);

#endif
