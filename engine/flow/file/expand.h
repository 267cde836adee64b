/* SPDX-License-Identifier: MIT */
/* expand.h - makes the plain flow out of one with sub-flows and loops.
 *
 * After it there are only nodes, all in one mapping, with whole names: "cam1/detect" is what the
 * sub-flow cam1 calls detect, "cams/front/reader" the reader in the turn of the loop cams whose
 * element is called front. Variables are replaced on the way, each in its scope.
 */
#ifndef VF_ENGINE_FLOW_FILE_EXPAND_H
#define VF_ENGINE_FLOW_FILE_EXPAND_H

#include "engine/base/result.h"
#include "engine/flow/file/files.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/file/variables.h"

/* Expands `nodes` of *root, and the variables of all other values but those of `vars` and `tests`.
 * What is wrong is reported and left out. Returns -ENOMEM when out of memory, else VF_OK. */
VF_MUST_CHECK int vf_flow_expand(struct vf_flow_files *files, const struct vf_variables_flow *flow,
                                 struct vf_variables *variables, struct vf_tree *root);

#endif
