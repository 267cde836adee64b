/* SPDX-License-Identifier: MIT */
/* plugins.h - the nodes that shared objects add to those of the program.
 *
 * Plugins are named on the command line, by VFLOW_PLUGIN_PATH, and in flows. They are loaded before
 * anything is forked, so every worker has them where they are, and stay loaded. Nothing of a file is
 * used before all that can be checked has been.
 */
#ifndef VF_CMD_PLUGINS_H
#define VF_CMD_PLUGINS_H

#include <stddef.h>

#include "cmd/command.h"
#include "engine/base/exit_status.h"
#include "engine/base/result.h"

struct vf_node;

#define VF_PLUGIN_FLAG(type, member) \
    VF_FLAG(0, "plugin", "FILE", "Load more nodes from a shared object", VF_WORDS(type, member))

/* Loads a plugin, unless it is loaded already. Returns VF_OK, -ENOMEM, or another negative errno with
 * one line in `problem`: why it cannot be, and what to do. -ELIBACC: what looks at it is missing. */
VF_MUST_CHECK int vf_plugin_load(const char *file, char *problem, size_t problem_size);

/* The same for one that a flow names: unless flows are trusted (engine/base/trust.h), it is not loaded,
 * and refused if that has not been done by a flag or VFLOW_PLUGIN_PATH. */
VF_MUST_CHECK int vf_plugin_load_of_flow(const char *file, char *problem, size_t problem_size);

/* Takes one that a flow names without loading it, for those who need none of its nodes: it has to be
 * there. Otherwise the same. */
VF_MUST_CHECK int vf_plugin_accept_of_flow(const char *file, char *problem, size_t problem_size);

/* Is told of a file or folder of VFLOW_PLUGIN_PATH, and what is wrong with it; NULL: it is loaded. */
typedef void vf_plugin_told(void *context, const char *file, const char *problem);

/* Loads those in the folders of VFLOW_PLUGIN_PATH, unless that has been done, and tells of each. */
void vf_plugins_load_path(vf_plugin_told *told, void *context);

/* Loads those in the folders of VFLOW_PLUGIN_PATH, once; of these, those that cannot be used are left
 * out with a warning. Then loads those of the flags, in their order. Says what is wrong with the
 * first that cannot be, and returns the exit status. */
VF_MUST_CHECK enum vf_exit_status vf_plugins_load(const struct vf_words *files);

/* Lends the real paths of those that flags have named so far. */
const char *const *vf_plugins_of_flags(size_t *count);

/* Returns the real path of the plugin that has brought a node; NULL: the program has it. */
const char *vf_plugin_of_node(const struct vf_node *node);

#endif
