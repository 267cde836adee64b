/* SPDX-License-Identifier: MIT */
/* view.h - a plan as people look at it: all replicas of a node at once. */
#ifndef VF_ENGINE_FLOW_PLAN_VIEW_H
#define VF_ENGINE_FLOW_PLAN_VIEW_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"

/* Tell whether a task stands for all replicas of its node, and an edge for all that connect the
 * same two nodes by the same ports. */
bool vf_plan_task_is_shown(const struct vf_plan_task *task);
bool vf_plan_edge_is_shown(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* How many edges it stands for. */
unsigned vf_plan_edge_count_lanes(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Adds the name of a task, "scale", or of all its replicas, "scale.1-4". */
void vf_plan_task_label(struct vf_text *text, const struct vf_plan_task *task);

/* Adds the name of its node or its group, as the flow file has it. */
void vf_plan_task_unit(struct vf_text *text, const struct vf_plan_task *task);

/* Adds the names of a group's members, as "a (resize), b (draw)". */
void vf_plan_task_members(struct vf_text *text, const struct vf_plan_task *task);

/* Returns the names of the two ports of an edge. */
const char *vf_plan_edge_output(const struct vf_plan *plan, const struct vf_plan_edge *edge);
const char *vf_plan_edge_input(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Adds what an element of a task's inputs is called: its port; the sources of a repeated one count
 * from 1, but for the only one of an optional port. */
void vf_plan_task_input(struct vf_text *text, const struct vf_plan_task *task, unsigned input);

#endif
