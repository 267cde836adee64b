/* SPDX-License-Identifier: MIT */
/* environment.h - a consumer that writes what its process sees of the environment. */
#ifndef VF_TESTS_NODES_ENVIRONMENT_H
#define VF_TESTS_NODES_ENVIRONMENT_H

#include "engine/node/node.h"

/* "environment": adds a line "NAME=VALUE NAME=VALUE" to the file `path` when it is opened, of the
 * two variables by which CUDA chooses GPUs. With `dies`, its first process dies of its first
 * input. */
extern const struct vf_node vf_node_environment;

#endif
