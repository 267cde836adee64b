/* SPDX-License-Identifier: MIT */
/* all_nodes - the list of the library: all in memory. The program's is cmd/node_loader.c. */
#include "nodes/all_nodes.h"

#include "nodes/node_table.h"
#include "nodes/synonyms.h"

#define DECLARE(module, name) extern const struct vf_node vf_node_##name;
VF_EACH_NODE(DECLARE)

#define POINT_TO(module, name) &vf_node_##name,
static const struct vf_node *const nodes[] = {VF_EACH_NODE(POINT_TO)};

const struct vf_node_list vf_all_nodes = {
    .items = nodes,
    .count = VF_COUNT(nodes),
    .synonyms = &vf_node_synonyms,
    .added = &vf_added_nodes,
};
