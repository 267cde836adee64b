/* SPDX-License-Identifier: MIT */
/* build_events.h - `events` of a flow: the nodes that are told what happens to the run. */
#ifndef VF_ENGINE_FLOW_FILE_BUILD_EVENTS_H
#define VF_ENGINE_FLOW_FILE_BUILD_EVENTS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Adds a node that tells what happens, and connects it to the nodes that `events` names. NULL: it
 * names none. What is wrong is reported and left out. Returns -ENOMEM when out of memory, else
 * VF_OK. */
VF_MUST_CHECK int vf_flow_build_events(const struct vf_tree *events,
                                       struct vf_diagnostics *diagnostics, struct vf_flow *flow);

#endif
