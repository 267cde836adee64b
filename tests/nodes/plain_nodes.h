/* SPDX-License-Identifier: MIT */
/* plain_nodes.h - nodes that only have tables, for tests of what happens before a flow runs. */
#ifndef VF_TESTS_NODES_PLAIN_NODES_H
#define VF_TESTS_NODES_PLAIN_NODES_H

#include "engine/node/node.h"

/* camera, counter, scale, pass, window, join, both, file, sink: see plain_nodes.c. */
extern const struct vf_node_list vf_plain_nodes;

#endif
