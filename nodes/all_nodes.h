/* SPDX-License-Identifier: MIT */
/* all_nodes.h - every node there is. Only cmd/, tests/ and users of the library
 * name this list. In the library all of them are in memory; the program loads the module of
 * a node when it is asked for the node. */
#ifndef VF_NODES_ALL_NODES_H
#define VF_NODES_ALL_NODES_H

#include "engine/node/node.h"

extern const struct vf_node_list vf_all_nodes;

/* Those that are added to it while the program runs, by plugins: cmd/plugins.h. Empty at the start. */
extern struct vf_node_list vf_added_nodes;

#endif
