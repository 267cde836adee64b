/* SPDX-License-Identifier: MIT */
/* box_ports.h - which boxes belong to the pictures on an edge. */
#ifndef VF_ENGINE_WEB_BOX_PORTS_H
#define VF_ENGINE_WEB_BOX_PORTS_H

#include "engine/flow/plan/plan.h"

/* Returns an edge with boxes that were found in the frames on `edge`: what its receiver gets beside them,
 * or else what comes out of a task that gets the same frames. NULL: there is none. */
const struct vf_plan_edge *vf_web_boxes_of(const struct vf_plan *plan,
                                           const struct vf_plan_edge *edge);

#endif
