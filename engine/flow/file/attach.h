/* SPDX-License-Identifier: MIT */
/* attach.h - what a node that is a sub-flow reads, connected to the nodes in it. */
#ifndef VF_ENGINE_FLOW_FILE_ATTACH_H
#define VF_ENGINE_FLOW_FILE_ATTACH_H

#include "engine/base/result.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/file/variables.h"

struct vf_attachment {
    const struct vf_tree *entry; /* the node, with its `inputs` */
    const char *name;            /* of it */
    const char *file;            /* that it names */
    const struct vf_tree
        *declared;  /* `inputs` of the file: {frames: small, mask: paint.mask}; NULL:
                                       it has none */
    unsigned level; /* whose nodes the node reads */
    struct vf_variables *variables; /* that the node has */
    const struct vf_variables_flow *flow;
};

/* Adds the sources to the inputs of `nodes` that they are for. What does not fit is reported. */
VF_MUST_CHECK int vf_attach(const struct vf_attachment *attachment, struct vf_tree *nodes);

/* Marks the inputs of `nodes` that a flow leaves to another one as given, so that nobody misses them
 * when it is looked at by itself. What does not fit is reported. */
VF_MUST_CHECK int vf_attach_nothing(const struct vf_tree *declared, struct vf_tree *nodes,
                                    const struct vf_variables_flow *flow);

#endif
