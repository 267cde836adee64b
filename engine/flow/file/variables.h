/* SPDX-License-Identifier: MIT */
/* variables.h - ${name}, ${name:-default}, ${name:?message} and $$ in the values of a flow.
 *
 * A name stands for what --var says, else the file's `vars`, else the environment.
 */
#ifndef VF_ENGINE_FLOW_FILE_VARIABLES_H
#define VF_ENGINE_FLOW_FILE_VARIABLES_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* Replaces the variables in every value of `root`, `given` ("name=value") being those of the
 * command line. What cannot be replaced is reported, and the value broken. */
VF_MUST_CHECK int vf_flow_variables_resolve(struct vf_tree *root, const char *const *given,
                                            size_t given_count, struct vf_diagnostics *diagnostics);

#endif
