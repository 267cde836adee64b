/* SPDX-License-Identifier: MIT */
/* paths.h - the files that a flow names: whether they are there, and who else names them. */
#ifndef VF_ENGINE_FLOW_CHECK_PATHS_H
#define VF_ENGINE_FLOW_CHECK_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/check/path.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

/* Starts as {0}. */
struct vf_paths {
    struct vf_path *items;
    size_t count;
};

/* Checks the files that the filled options `values` of `node` name and adds them to `paths`,
 * which refer to `node`, `type` and `values`. */
VF_MUST_CHECK int vf_paths_add(struct vf_paths *paths, const struct vf_flow_node *node,
                               const struct vf_node *type, const void *values,
                               struct vf_diagnostics *diagnostics);

/* What the run itself does with a file: text may go to standard output beside lines of nodes. */
enum vf_own_file { VF_OWN_READ, VF_OWN_TEXT, VF_OWN_BYTES };

/* Adds a file of the run that no node names; `user` says whose it is: "--report". */
VF_MUST_CHECK int vf_paths_add_own(struct vf_paths *paths, const char *path, const char *user,
                                   enum vf_own_file use);

/* Reports files that are written twice, or both written and read, standard input that is read
 * twice, and standard output that is written twice, unless with lines only. */
void vf_paths_compare(const struct vf_paths *paths, struct vf_diagnostics *diagnostics);

void vf_paths_finish(struct vf_paths *paths);

/* Returns whether a node writes a file that is its own: not a stream, and none that it adds to. */
bool vf_paths_has_own_file(const struct vf_flow_node *node, const struct vf_node *type);

#endif
