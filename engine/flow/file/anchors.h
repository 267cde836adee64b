/* SPDX-License-Identifier: MIT */
/* anchors.h - values of a flow file that have a name, &name, and come again as *name. */
#ifndef VF_ENGINE_FLOW_FILE_ANCHORS_H
#define VF_ENGINE_FLOW_FILE_ANCHORS_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/file/tree.h"

struct vf_anchor {
    char *name;
    struct vf_tree value;
};

/* Starts as {0}. */
struct vf_anchors {
    struct vf_anchor *items;
    size_t count;
};

/* Copies `value` under that name, in place of another that had it. */
VF_MUST_CHECK int vf_anchors_add(struct vf_anchors *anchors, const char *name,
                                 const struct vf_tree *value);

/* Returns the value; NULL: none has that name so far. */
const struct vf_tree *vf_anchors_find(const struct vf_anchors *anchors, const char *name);

void vf_anchors_finish(struct vf_anchors *anchors);

/* Adds to a mapping the pairs of another, copied, whose keys it does not have: what <<: does. */
VF_MUST_CHECK int vf_anchors_merge(struct vf_tree *mapping, const struct vf_tree *from);

#endif
