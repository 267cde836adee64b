/* SPDX-License-Identifier: MIT */
#include "nodes/all_nodes.h"

/* In the order `vflow list` shows them. A new node is one line here. */
#define NODES(NODE)    \
    NODE(int_source)   \
    NODE(test_source)  \
    NODE(video_reader) \
    NODE(zmq_in)       \
    NODE(identity)     \
    NODE(every)        \
    NODE(joiner)       \
    NODE(resize)       \
    NODE(sum)          \
    NODE(product)      \
    NODE(count)        \
    NODE(min)          \
    NODE(max)          \
    NODE(print)        \
    NODE(video_writer) \
    NODE(zmq_out)      \
    NODE(void)

#define DECLARE(name) extern const struct vf_node vf_node_##name;
NODES(DECLARE)

#define POINT_TO(name) &vf_node_##name,
static const struct vf_node *const nodes[] = {NODES(POINT_TO)};

const struct vf_node_list vf_all_nodes = VF_LIST(nodes);
