/* SPDX-License-Identifier: MIT */
/* added_nodes - the nodes of plugins: none, until some are added. */
#include "nodes/all_nodes.h"

static const struct vf_node *const none[] = {NULL};

struct vf_node_list vf_added_nodes = {.items = none};
