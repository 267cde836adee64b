/* SPDX-License-Identifier: MIT */
/* tasks.h - whether nodes can be the tasks that the flow makes of them. */
#ifndef VF_ENGINE_FLOW_CHECK_TASKS_H
#define VF_ENGINE_FLOW_CHECK_TASKS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/streams.h"
#include "engine/flow/graph/wiring.h"

/* Checks what each node says of itself: whether it can have replicas, and has what is to be
 * joined. For any flow. */
void vf_flow_check_keys(const struct vf_flow *flow, const struct vf_wiring *wiring,
                        struct vf_diagnostics *diagnostics);

/* Checks how nodes put their inputs together. For a flow without graver mistakes. */
void vf_flow_check_joins(const struct vf_streams *streams, struct vf_diagnostics *diagnostics);

/* Checks how many tasks there are, and the ports they need. For a flow without graver mistakes. */
VF_MUST_CHECK int vf_flow_check_numbers(const struct vf_flow *flow, const struct vf_wiring *wiring,
                                        struct vf_diagnostics *diagnostics);

#endif
