/* SPDX-License-Identifier: MIT */
/* bench_nodes.h - nodes that only the benchmark has. */
#ifndef VF_TESTS_BENCH_BENCH_NODES_H
#define VF_TESTS_BENCH_BENCH_NODES_H

#include "engine/node/node.h"

/* Writes frames of 1080p, each byte once. */
extern const struct vf_node vf_node_frame_source;

/* Reads every byte of them once, and fails when one is wrong. */
extern const struct vf_node vf_node_frame_reader;

/* Prints how old each message is when it arrives. */
extern const struct vf_node vf_node_age_log;

/* Turns frames grey. */
extern const struct vf_node vf_node_gray;

/* Sleeps for each message. */
extern const struct vf_node vf_node_sleeper;

#endif
