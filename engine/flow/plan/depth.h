/* SPDX-License-Identifier: MIT */
/* depth.h - how many messages may wait on an edge.
 *
 * A queue has room for a number of messages, or for what comes in a time. Where the flow does not
 * say it, the queue is short, or has room for a batch of a node that looks ahead; but in realtime, where a message without room is lost, it has room
 * for two seconds of packets, which are small and come in bursts, and of the frames of a recorder,
 * which stands still when a disk does, as far as these are not too large.
 */
#ifndef VF_ENGINE_FLOW_PLAN_DEPTH_H
#define VF_ENGINE_FLOW_PLAN_DEPTH_H

#include "engine/base/result.h"
#include "engine/flow/graph/units.h"
#include "engine/flow/plan/plan.h"

/* Sets the depth of *edge, which is of `link`, and what it follows from. Of a time, the rate is
 * guessed. */
void vf_plan_choose_depth(const struct vf_units *units, const struct vf_link *link,
                          struct vf_plan_edge *edge);

/* Sets the depths that follow from a time by the rates and sizes that have been forecast, and what
 * follows from them. */
VF_MUST_CHECK int vf_plan_settle_depths(struct vf_plan *plan);

#endif
