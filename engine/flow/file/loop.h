/* SPDX-License-Identifier: MIT */
/* loop.h - the elements that `for_each` goes through. */
#ifndef VF_ENGINE_FLOW_FILE_LOOP_H
#define VF_ENGINE_FLOW_FILE_LOOP_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/file/variables.h"

/* Starts as {0}. */
struct vf_loop_elements {
    char *variable;        /* what an element is called in the loop */
    struct vf_tree *items; /* the key is the name of each; the value a mapping, or a text */
    size_t count;
};

/* Reads `for_each` of a node, and `as`, in the scope `variables`. The variable of an element is a
 * mapping with `name` and `index` beside what it has itself, or a text. Returns -EINVAL after
 * reporting why it cannot be gone through. */
VF_MUST_CHECK int vf_loop_read(struct vf_loop_elements *elements, const struct vf_tree *node,
                               struct vf_variables *variables,
                               const struct vf_variables_flow *flow);

void vf_loop_finish(struct vf_loop_elements *elements);

#endif
