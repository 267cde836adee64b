/* SPDX-License-Identifier: MIT */
/* wire_check.h - whether what is to travel compressed can be compressed here. */
#ifndef VF_CMD_WIRE_CHECK_H
#define VF_CMD_WIRE_CHECK_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"

/* Adds a mistake where a flow asks for H.264, this host is to send it, and there is no encoder; -EINVAL
 * then. Other failures are logged. */
VF_MUST_CHECK int vf_wire_check(const struct vf_flow *flow, struct vf_diagnostics *diagnostics);

#endif
