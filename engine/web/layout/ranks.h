/* SPDX-License-Identifier: MIT */
/* ranks.h - the layer of each node of a connected graph, so that the edges are short in all.
 *
 * Edges that close a cycle, as a search in depth from the nodes without parents finds them, are taken
 * as if they led the other way. The layers are an optimum: network simplex, as Gansner, Koutsofios,
 * North and Vo have it (A technique for drawing directed graphs, 1993).
 */
#ifndef VF_ENGINE_WEB_LAYOUT_RANKS_H
#define VF_ENGINE_WEB_LAYOUT_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/web/layout/layers.h"

/* Sets ranks[] of each node, from 0, and is_upward[] of each edge. A node stands in a layer below each
 * node that an edge brings to it, unless that edge leads upwards. */
VF_MUST_CHECK int vf_ranks_find(const struct vf_layers_graph *graph, size_t *ranks,
                                bool *is_upward);

#endif
