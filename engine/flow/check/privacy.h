/* SPDX-License-Identifier: MIT */
/* privacy.h - whether frames that are private reach anybody before they are redacted.
 *
 * What a node with `private: true` makes is private, and so is what is made of it: pictures, packets
 * of them, and arrays. Sound and values are not. Nodes that redact (struct vf_node) make frames of it
 * that are not; no other way may lead to a consumer.
 */
#ifndef VF_ENGINE_FLOW_CHECK_PRIVACY_H
#define VF_ENGINE_FLOW_CHECK_PRIVACY_H

#include "engine/flow/diagnostics.h"
#include "engine/flow/graph/streams.h"

/* Reports each consumer that private frames reach, with their way, and each node that redacts and
 * may get what belongs to other frames. Returns -ENOMEM or VF_OK. */
VF_MUST_CHECK int vf_flow_check_privacy(const struct vf_streams *streams,
                                        struct vf_diagnostics *diagnostics);

#endif
