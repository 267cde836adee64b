/* SPDX-License-Identifier: MIT */
/* connected.h - options that do not go with what is connected to their node. */
#ifndef VF_ENGINE_FLOW_CHECK_CONNECTED_H
#define VF_ENGINE_FLOW_CHECK_CONNECTED_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/wiring.h"

/* Asks a node with these typed options. Returns -ENOMEM. */
VF_MUST_CHECK int vf_flow_check_connected(const struct vf_flow *flow,
                                          const struct vf_wiring *wiring, size_t node,
                                          const void *values, struct vf_diagnostics *diagnostics);

#endif
