/* SPDX-License-Identifier: MIT */
/* evenness.h - joins by order whose inputs are not equally many.
 *
 * Such a join takes one message of each input in turn. Where two inputs come from one producer and
 * only one of them is thinned out, the other piles up: in batch its queue becomes full, the
 * producer waits for room in it, and so nothing more comes to the thinned one either.
 */
#ifndef VF_ENGINE_FLOW_CHECK_EVENNESS_H
#define VF_ENGINE_FLOW_CHECK_EVENNESS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/streams.h"
#include "engine/node/node.h"

/* Warns of such joins in batch, in a flow without mistakes. `options`: of each node, by the index
 * in the flow. How many messages can wait where is taken from a plan, which is made if there is
 * anything to doubt. */
VF_MUST_CHECK int vf_flow_check_evenness(const struct vf_streams *streams, void *const *options,
                                         const struct vf_node_list *nodes,
                                         struct vf_diagnostics *diagnostics);

#endif
