/* SPDX-License-Identifier: MIT */
/* flow_check_evenness.h - joins by order whose inputs are not equally many.
 *
 * Such a join takes one message of each input in turn. Where two inputs come from one producer and
 * only one of them is thinned out, the other piles up: in batch its queue becomes full, the
 * producer waits for room in it, and so nothing more comes to the thinned one either.
 */
#ifndef VF_ENGINE_FLOW_FLOW_CHECK_EVENNESS_H
#define VF_ENGINE_FLOW_FLOW_CHECK_EVENNESS_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/flow_streams.h"

/* Warns of such joins in batch. `options`: of each node, by the index in the flow; NULL:
 * unknown. */
void vf_flow_check_evenness(const struct vf_streams *streams, void *const *options,
                            struct vf_diagnostics *diagnostics);

#endif
