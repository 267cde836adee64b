/* SPDX-License-Identifier: MIT */
/* single_name.h - many files that would all be written under one name. */
#ifndef VF_ENGINE_FLOW_CHECK_SINGLE_NAME_H
#define VF_ENGINE_FLOW_CHECK_SINGLE_NAME_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/wiring.h"

/* Warns of a node that writes a file for each message (VF_ROLE_OUTPUT_FILES) by a name without
 * fields, where what it reads comes from files, in batch: only the last one stays. `values` are the
 * options of each node, typed; NULL: they have mistakes. */
void vf_flow_check_single_names(const struct vf_flow *flow, const struct vf_wiring *wiring,
                                void *const *values, struct vf_diagnostics *diagnostics);

#endif
