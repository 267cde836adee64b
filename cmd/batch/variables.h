/* SPDX-License-Identifier: MIT */
/* variables.h - what is different from run to run of a batch: the variables of the flow. */
#ifndef VF_CMD_BATCH_VARIABLES_H
#define VF_CMD_BATCH_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/batch/inputs.h"

enum vf_batch_variable { VF_BATCH_INPUT, VF_BATCH_STEM, VF_BATCH_DIR, VF_BATCH_NAME };
#define VF_BATCH_VARIABLES 4

struct vf_batch_variables {
    bool is_set[VF_BATCH_VARIABLES]; /* the flow has that variable */
    const char *const *given;        /* "NAME=VALUE", as the command line has them; borrowed */
    size_t given_count;
};

/* Returns the name of a variable. */
const char *vf_batch_variable_name(enum vf_batch_variable variable);

/* Returns whether a text has one of them in it, as "${stem}". */
bool vf_batch_variables_are_in(const char *text);

/* Returns a text in which each of them is replaced by what it is for an input, in fresh memory; NULL:
 * out of memory. */
char *vf_batch_variables_expand(const char *text, const struct vf_batch_input *input);

/* Makes the "NAME=VALUE" of a run: those given, expanded, and those that the flow has. The list is the
 * caller's, for vf_batch_assignments_finish(). */
struct vf_batch_assignments {
    char **items;
    size_t count;
};
VF_MUST_CHECK int vf_batch_assignments_init(struct vf_batch_assignments *assignments,
                                            const struct vf_batch_variables *variables,
                                            const struct vf_batch_input *input);
void vf_batch_assignments_finish(struct vf_batch_assignments *assignments);

#endif
