/* SPDX-License-Identifier: MIT */
/* print.h - the nodes of a chain as a person would write them in a flow file: a node a line. */
#ifndef VF_ENGINE_FLOW_CHAIN_PRINT_H
#define VF_ENGINE_FLOW_CHAIN_PRINT_H

#include <stdio.h>

#include "engine/flow/file/tree.h"

/* Prints `KEY: VALUE`, indented by so many spaces: in one line where that is not too long, otherwise
 * each pair of a mapping in a line of its own. What is read of it is the same tree. */
void vf_chain_print(FILE *out, const struct vf_tree *tree, unsigned indent);

#endif
