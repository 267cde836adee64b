/* SPDX-License-Identifier: MIT */
/* plugin_check.h - what a plugin has to be before one of its nodes is used. */
#ifndef VF_ENGINE_NODE_PLUGIN_CHECK_H
#define VF_ENGINE_NODE_PLUGIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_node;
struct vf_node_list;
struct vf_plugin;

/* Each of these returns VF_OK, or -EINVAL with one line in `problem`: what is wrong, and what would
 * be right; or -ENOMEM. */

/* Looks at the version of the interface that a plugin was compiled for. */
VF_MUST_CHECK int vf_plugin_check_version(uint32_t abi, char *problem, size_t problem_size);

/* Looks at the tables of all its nodes. `known` are those that there are already. */
VF_MUST_CHECK int vf_plugin_check(const struct vf_plugin *plugin, const struct vf_node_list *known,
                                  char *problem, size_t problem_size);

/* Looks at the tables of one node. */
VF_MUST_CHECK int vf_node_check_tables(const struct vf_node *node, char *problem,
                                       size_t problem_size);

/* Returns whether a symbol of the program's is one that plugins may use. */
bool vf_plugin_may_use(const char *symbol);

#endif
