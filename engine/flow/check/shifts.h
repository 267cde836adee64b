/* SPDX-License-Identifier: MIT */
/* shifts.h - joins by order, and answers, that may put together what does not belong together.
 *
 * Such a join takes the first message of each input, then the second of each. A message that one
 * input lacks, or that comes out of turn, shifts all that follow.
 */
#ifndef VF_ENGINE_FLOW_CHECK_SHIFTS_H
#define VF_ENGINE_FLOW_CHECK_SHIFTS_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/streams.h"

/* Warns of each such join, once, in a flow without mistakes: an input comes from replicas, or from
 * other programs, that are not put in order, or messages may be dropped on its way in realtime.
 * Warns as well of nodes that are fed with several questions of one number. */
void vf_flow_check_shifts(const struct vf_streams *streams, struct vf_diagnostics *diagnostics);

#endif
