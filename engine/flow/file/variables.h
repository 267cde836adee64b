/* SPDX-License-Identifier: MIT */
/* variables.h - ${name}, ${name:-default}, ${name:?message} and $$ in the values of a flow.
 *
 * A name stands for what --var says, else the file's `vars`, else the environment. Variables are
 * in scopes: a sub-flow has one of its own, and each turn of a loop one within that of the loop.
 * A variable may be a mapping or a list: ${camera.url} is a value in one, and a value that is
 * nothing but ${cameras} becomes all of it.
 */
#ifndef VF_ENGINE_FLOW_FILE_VARIABLES_H
#define VF_ENGINE_FLOW_FILE_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

struct vf_variables;

/* What all scopes of a flow share. Lent to each for its life. */
struct vf_variables_flow {
    struct vf_flow *flow; /* keeps what places refer to */
    struct vf_diagnostics *diagnostics;
    bool are_optional; /* one that is not set is no mistake: what it is in is left out unreported */
};

/* Makes a scope; `outer`: where else names are looked for, lent for the life of this one; NULL:
 * nowhere but in the environment. */
VF_MUST_CHECK int vf_variables_create(struct vf_variables **variables,
                                      const struct vf_variables_flow *flow,
                                      struct vf_variables *outer);
void vf_variables_destroy(struct vf_variables **variables);

/* Defines one that the command line gives, "name=value"; of several the last counts. What is none
 * is reported. */
VF_MUST_CHECK int vf_variables_give(struct vf_variables *variables, const char *given);

/* Defines one by a tree, whose key is its name, unless there is one of that name. Copies it. Its own
 * variables are replaced when it is first used, or by vf_variables_settle(). */
VF_MUST_CHECK int vf_variables_define(struct vf_variables *variables, const struct vf_tree *value);

/* The same for one whose variables have been replaced; in place of another of the name. */
VF_MUST_CHECK int vf_variables_set(struct vf_variables *variables, const struct vf_tree *value);

/* Defines all pairs of `vars`; NULL or no mapping: none. */
VF_MUST_CHECK int vf_variables_define_all(struct vf_variables *variables,
                                          const struct vf_tree *vars);

/* Makes the values of all variables final, so that mistakes in those that nobody uses are found. */
VF_MUST_CHECK int vf_variables_settle(struct vf_variables *variables);

/* Replaces the variables in every value of `tree`. What cannot be replaced is reported, and the
 * value broken. */
VF_MUST_CHECK int vf_variables_expand(struct vf_variables *variables, struct vf_tree *tree);

/* Warns of those that the command line gives and nobody has asked for. `vars`: the flow's own. */
VF_MUST_CHECK int vf_variables_warn_unused(const struct vf_variables *variables,
                                           const struct vf_tree *vars);

/* Adds what the flow can be given: `wants`, the names without a value, between commas, and `has`,
 * those in `vars` or with a default as name=value. */
void vf_variables_describe(const struct vf_variables *variables, const struct vf_tree *vars,
                           struct vf_text *wants, struct vf_text *has);

#endif
