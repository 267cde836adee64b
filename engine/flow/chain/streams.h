/* SPDX-License-Identifier: MIT */
/* streams.h - what travels along a chain, and which of it a node takes. */
#ifndef VF_ENGINE_FLOW_CHAIN_STREAMS_H
#define VF_ENGINE_FLOW_CHAIN_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/file/tree.h"
#include "engine/node/node.h"

/* A node of the chain, as those who read it see it: both lent. */
struct vf_chain_source {
    const char *name;
    const struct vf_node *type;
};

enum vf_chain_medium { VF_CHAIN_VIDEO, VF_CHAIN_AUDIO, VF_CHAIN_MEDIA };

/* What is on its way at one point of a chain. Starts as {0}. A type of NULL: nothing of that
 * medium. */
struct vf_chain_streams {
    struct vf_chain_source media[VF_CHAIN_MEDIA];
    struct vf_chain_source last; /* made by the node before */
    const char *port;            /* of `last`, where the chain names it; NULL: its first */
};

/* Adds the key `inputs` to `tree`, the mapping of a node of that type: what it takes of `streams`,
 * and of `others`, which the chain names beside them (at least one then). Sets *took to whether it
 * takes anything. */
VF_MUST_CHECK int vf_chain_streams_take(const struct vf_chain_streams *streams,
                                        const struct vf_chain_streams *others, size_t other_count,
                                        const struct vf_node *type, struct vf_tree *tree,
                                        bool *took);

/* Makes *streams what is on its way after a node that took its inputs from it. */
void vf_chain_streams_pass(struct vf_chain_streams *streams, const struct vf_chain_source *source);

/* Makes *streams what comes from one port of a node alone. */
void vf_chain_streams_choose(struct vf_chain_streams *streams, const struct vf_chain_source *source,
                             const char *port);

/* Adds `key: text` to a mapping, at that place. Copies both. */
VF_MUST_CHECK int vf_chain_tree_add(struct vf_tree *mapping, const char *key, const char *text,
                                    struct vf_place place);

#endif
