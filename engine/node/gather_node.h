/* SPDX-License-Identifier: MIT */
/* gather_node.h - the node that gathers what the replicas of another node are to get.
 *
 * Its inputs are those of the other node, joined as that one would join them. It hands on each
 * complete input as it is, every element out of the port of the same number; the task spreads
 * them over the replicas.
 */
#ifndef VF_ENGINE_NODE_GATHER_NODE_H
#define VF_ENGINE_NODE_GATHER_NODE_H

#include "engine/base/result.h"
#include "engine/node/node.h"

/* Makes the node in front of replicas of `node`, which lends its ports, with `elements` inputs. */
VF_MUST_CHECK int vf_gather_node_create(struct vf_node **gather, const struct vf_node *node,
                                        unsigned elements);
void vf_gather_node_destroy(struct vf_node **gather);

#endif
