/* SPDX-License-Identifier: MIT */
/* all_nodes.h - every node there is. Only cmd/, tests/ and users of the library
 * name this list. */
#ifndef VF_NODES_ALL_NODES_H
#define VF_NODES_ALL_NODES_H

#include "engine/node/node.h"

extern const struct vf_node_list vf_all_nodes;

#endif
