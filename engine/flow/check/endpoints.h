/* SPDX-License-Identifier: MIT */
/* endpoints.h - where nodes listen for other programs, or connect to them. */
#ifndef VF_ENGINE_FLOW_CHECK_ENDPOINTS_H
#define VF_ENGINE_FLOW_CHECK_ENDPOINTS_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/wiring.h"

/* Reports endpoints that other machines reach, unless the flow may be insecure, and two nodes that
 * would listen at one endpoint. `values` are the options of each node, typed; NULL: they have
 * mistakes. */
void vf_flow_check_endpoints(const struct vf_flow *flow, const struct vf_wiring *wiring,
                             void *const *values, struct vf_diagnostics *diagnostics);

#endif
