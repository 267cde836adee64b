/* SPDX-License-Identifier: MIT */
/* groups.h - whether the members of each group can run in one task.
 *
 * A group has to emit what its members would as tasks of their own, message by message. The rules
 * that make this so: the members are connected processors without a way out of the group and back
 * into it; inside they join by origin; and those whose work shows depend on all that enters.
 */
#ifndef VF_ENGINE_FLOW_CHECK_GROUPS_H
#define VF_ENGINE_FLOW_CHECK_GROUPS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/streams.h"

/* Checks every group of a flow without graver mistakes. */
VF_MUST_CHECK int vf_flow_check_groups(const struct vf_streams *streams,
                                       struct vf_diagnostics *diagnostics);

#endif
