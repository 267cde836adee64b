/* SPDX-License-Identifier: MIT */
/* test_nodes.h - nodes that only tests have, for flows that run. */
#ifndef VF_TESTS_NODES_TEST_NODES_H
#define VF_TESTS_NODES_TEST_NODES_H

#include "engine/node/node.h"

/* counting_source, failing_source, failing_step, failing_sink, stalling_sink, delaying,
 * splitting, repeating, joining. */
extern const struct vf_node_list vf_test_nodes;

#endif
