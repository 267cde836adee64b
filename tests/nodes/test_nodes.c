/* SPDX-License-Identifier: MIT */
#include "tests/nodes/test_nodes.h"

#define NODES(NODE)       \
    NODE(counting_source) \
    NODE(delaying)        \
    NODE(failing_sink)    \
    NODE(failing_source)  \
    NODE(failing_step)    \
    NODE(joining)         \
    NODE(repeating)       \
    NODE(splitting)       \
    NODE(stalling_sink)

#define DECLARE(name) extern const struct vf_node vf_node_##name;
NODES(DECLARE)

#define POINT_TO(name) &vf_node_##name,
static const struct vf_node *const nodes[] = {NODES(POINT_TO)};

const struct vf_node_list vf_test_nodes = VF_LIST(nodes);
