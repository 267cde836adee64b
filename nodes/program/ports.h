/* SPDX-License-Identifier: MIT */
/* ports.h - the ports of a node whose work a program does, as the flow declares them. */
#ifndef VF_NODES_PROGRAM_PORTS_H
#define VF_NODES_PROGRAM_PORTS_H

#include <stddef.h>

#include "engine/node/node.h"

/* Checks the names and types of outputs, for struct vf_node's check(). */
VF_MUST_CHECK int vf_program_ports_check(const struct vf_map *outputs, char *problem,
                                         size_t problem_size);

/* Gives a node these ports, and the kind that follows from them, for its declare(). */
VF_MUST_CHECK int vf_program_ports_declare(struct vf_node *copy,
                                           const struct vf_named_inputs *inputs,
                                           const struct vf_map *outputs);

/* Returns what a program is told of its task, the text of a JSON object, the caller's; NULL: out of
 * memory. `options` is that of another. */
char *vf_program_ports_describe(const struct vf_node_run *run, const char *options);

#endif
