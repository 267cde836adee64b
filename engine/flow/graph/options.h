/* SPDX-License-Identifier: MIT */
/* options.h - the options of one node of a flow, from text to its options struct. */
#ifndef VF_ENGINE_FLOW_GRAPH_OPTIONS_H
#define VF_ENGINE_FLOW_GRAPH_OPTIONS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

/* Makes the options struct of `type` in *values and fills it from `node`. What is wrong is
 * reported: unknown and missing options, values that do not fit, and, when all fit, what the
 * node's own check() finds. Returns -EINVAL then; *values is the caller's in any case and may
 * be NULL only on -ENOMEM. */
VF_MUST_CHECK int vf_flow_options_create(void **values, const struct vf_flow_node *node,
                                         const struct vf_node *type,
                                         struct vf_diagnostics *diagnostics);

/* Reports what a node has found wrong with its options, at the value that it names first. */
void vf_flow_options_report(const struct vf_flow_node *node, const struct vf_node *type,
                            const char *problem, struct vf_diagnostics *diagnostics);

/* Sets *values to NULL. Does nothing when it is NULL already. */
void vf_flow_options_destroy(void **values, const struct vf_node *type);

#endif
