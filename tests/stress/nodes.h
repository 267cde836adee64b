/* SPDX-License-Identifier: MIT */
/* nodes.h - the nodes that random flows are made of. */
#ifndef VF_TESTS_STRESS_NODES_H
#define VF_TESTS_STRESS_NODES_H

#include "engine/node/node.h"
#include "tests/stress/sketch.h"

struct stress_options {
    struct sketch_habits habits;
    char *file; /* of a source or a consumer */
};

/* source, work, split, total, hold, record, collect: one for each type of sketch.h. */
extern const struct vf_node stress_source, stress_work, stress_split, stress_total, stress_hold,
    stress_record, stress_collect;
extern const struct vf_node_list stress_nodes;

#define STRESS_OPTION_COUNT 8
extern const struct vf_option stress_option_table[STRESS_OPTION_COUNT];

/* The options of every node. */
#define STRESS_OPTIONS                                              \
    .options = {.items = stress_option_table, STRESS_OPTION_COUNT}, \
    .options_size = sizeof(struct stress_options)

/* Makes a message of `value`; in the task's arena, or in memory of its own. May answer VF_DROPPED
 * or VF_END as vf_node_allocate() does. */
VF_MUST_CHECK int stress_make(struct vf_node_run *run, uint64_t value, struct vf_message **message);

/* Reads every byte of a message, and logs what is wrong with them (-EBADMSG). */
VF_MUST_CHECK int stress_read(const struct vf_message *message, uint64_t *value);

/* Takes the time that an input takes. */
VF_MUST_CHECK int stress_spend(struct vf_node_run *run, uint64_t folded);

/* Makes the run's file, which consumers and sources write. Returns a descriptor. */
VF_MUST_CHECK int stress_open_file(const struct vf_node_run *run);

/* Names that file: struct vf_node, reach. */
void stress_reach(const void *options, const struct vf_reach *reach);

#endif
