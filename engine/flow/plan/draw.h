/* SPDX-License-Identifier: MIT */
/* draw.h - a planned flow as a picture: for people, for programs that draw, for programs. */
#ifndef VF_ENGINE_FLOW_PLAN_DRAW_H
#define VF_ENGINE_FLOW_PLAN_DRAW_H

#include <stdio.h>

#include "engine/flow/plan/plan.h"

/* A tree from each producer; a task that several read from stands where it comes first. Returns
 * -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_flow_draw_ascii(FILE *out, const struct vf_plan *plan);

/* A digraph for Graphviz. */
void vf_flow_draw_dot(FILE *out, const struct vf_plan *plan);

/* A flowchart for Mermaid. */
void vf_flow_draw_mermaid(FILE *out, const struct vf_plan *plan);

/* An object with the lists `tasks` and `edges`. */
void vf_flow_draw_json(FILE *out, const struct vf_plan *plan);

#endif
