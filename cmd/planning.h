/* SPDX-License-Identifier: MIT */
/* planning.h - from a flow file to a plan whose memory is known. */
#ifndef VF_CMD_PLANNING_H
#define VF_CMD_PLANNING_H

#include "cmd/flow_arguments.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/plan/plan.h"

/* Loads and plans `file`, and foresees what its nodes send. Prints what is wrong with the flow,
 * and returns VF_EXIT_OK with *plan the caller's, otherwise *plan is NULL. That the flow needs
 * more memory than it may have is left to the caller: a diagnostic in *diagnostics, which the
 * caller finishes. */
VF_MUST_CHECK enum vf_exit_status vf_planning_open(const struct vf_flow_arguments *arguments,
                                                   const char *file, struct vf_plan **plan,
                                                   struct vf_diagnostics *diagnostics);

/* The same for a machine of other cores than this one: how many, `count` says of the plan. */
VF_MUST_CHECK enum vf_exit_status
vf_planning_open_elsewhere(const struct vf_flow_arguments *arguments, const char *file,
                           unsigned (*count)(void *context, const struct vf_plan *plan),
                           void *context, struct vf_plan **plan,
                           struct vf_diagnostics *diagnostics);

#endif
