/* SPDX-License-Identifier: MIT */
/* graph.h - the order of a flow's nodes, and its cycles. */
#ifndef VF_ENGINE_FLOW_GRAPH_GRAPH_H
#define VF_ENGINE_FLOW_GRAPH_GRAPH_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/graph/wiring.h"

/* Puts the nodes into *order, which the caller frees: parents first, otherwise as in the file.
 * Returns -EINVAL when there is a cycle. */
VF_MUST_CHECK int vf_graph_sort(const struct vf_wiring *wiring, size_t **order);

/* Calls `found` for every cycle: its nodes in order, and the link from the last to the first. */
VF_MUST_CHECK int vf_graph_find_cycles(const struct vf_wiring *wiring,
                                       void (*found)(void *context, const size_t *path,
                                                     size_t length, const struct vf_link *closing),
                                       void *context);

/* Reports every cycle with its path, as "a -> b -> a". */
VF_MUST_CHECK int vf_graph_report_cycles(const struct vf_wiring *wiring, const struct vf_flow *flow,
                                         struct vf_diagnostics *diagnostics);

#endif
