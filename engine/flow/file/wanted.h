/* SPDX-License-Identifier: MIT */
/* wanted.h - the variables that a flow file can be given, and those it cannot do without. */
#ifndef VF_ENGINE_FLOW_FILE_WANTED_H
#define VF_ENGINE_FLOW_FILE_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/file/tree.h"

struct vf_wanted_variable {
    char *name;
    char *fallback; /* NULL: it has to be given */
    char *message;  /* of ${name:?message}; NULL: none */
};

/* Starts as {0}. */
struct vf_wanted {
    struct vf_wanted_variable *items; /* those that have to be given stand first */
    size_t count;
};

/* Lists the variables of `root`, before they have been replaced: those under `vars`, and those that
 * its values name; not those that only the environment has. Returns -ENOMEM when out of memory;
 * `wanted` is the caller's in any case. */
VF_MUST_CHECK int vf_wanted_read(struct vf_wanted *wanted, const struct vf_tree *root);
void vf_wanted_finish(struct vf_wanted *wanted);

/* Returns the variable of that name; NULL: there is none. */
const struct vf_wanted_variable *vf_wanted_find(const struct vf_wanted *wanted, const char *name);

#endif
