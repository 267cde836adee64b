/* SPDX-License-Identifier: MIT */
/* recovery.h - whether nodes can do what is asked of them when they fail. */
#ifndef VF_ENGINE_FLOW_CHECK_RECOVERY_H
#define VF_ENGINE_FLOW_CHECK_RECOVERY_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/wiring.h"

/* Reports restarts that cannot be, or lose something, and keys that come to nothing. For any
 * flow. */
void vf_flow_check_recovery(const struct vf_flow *flow, const struct vf_wiring *wiring,
                            struct vf_diagnostics *diagnostics);

#endif
