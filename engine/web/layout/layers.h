/* SPDX-License-Identifier: MIT */
/* layers.h - where the tasks of a flow are drawn, and the lines between them.
 *
 * Data flow downwards: a task stands in a layer below all whose messages it reads, and a line that
 * passes other layers has room of its own in each. The steps are those of Sugiyama, Tagawa and Toda
 * (Methods for visual understanding of hierarchical system structures, 1981). Edges that close a
 * cycle are turned round (ranks.h), tasks are put into layers so that lines are short (ranks.h),
 * into an order in which few lines cross (order.h), and at x coordinates where long lines are
 * straight (straight.h). Parts of a flow that are not connected are laid out by themselves, and stand
 * side by side, in several rows where there are many.
 *
 * The same graph always gets the same drawing.
 */
#ifndef VF_ENGINE_WEB_LAYOUT_LAYERS_H
#define VF_ENGINE_WEB_LAYOUT_LAYERS_H

#include <stddef.h>

#include "engine/base/result.h"

/* Between boxes of a layer, layers, parts, and around all of them. */
#define VF_LAYERS_BOX_GAP 36
#define VF_LAYERS_LAYER_GAP 60
#define VF_LAYERS_PART_GAP 56
#define VF_LAYERS_MARGIN 24

struct vf_layers_node {
    double width, height;
};

/* By the indices of the nodes; may lead upwards, or to where it comes from. */
struct vf_layers_edge {
    size_t from, to;
};

struct vf_layers_graph {
    const struct vf_layers_node *nodes;
    size_t node_count;
    const struct vf_layers_edge *edges;
    size_t edge_count;
};

struct vf_layers_point {
    double x, y;
};

/* A node's left upper corner, and its layer within its part; 0: the uppermost. */
struct vf_layers_box {
    double x, y;
    size_t layer;
};

/* From the lower side of a box to the upper side of another. It is drawn by curves that are upright at
 * each point, except that neighbours of one height are connected by a straight line: an edge that leads
 * upwards has two such lines. */
struct vf_layers_line {
    struct vf_layers_point *points;
    size_t count;
};

struct vf_layers {
    double width, height;
    struct vf_layers_box *boxes; /* one for each node */
    size_t box_count;
    struct vf_layers_line *lines; /* one for each edge */
    size_t line_count;
};

/* Lays out a graph. Returns -EINVAL when an edge names a node that there is not, or a node has a size
 * that is not above 0. */
VF_MUST_CHECK int vf_layers_create(struct vf_layers **layers, const struct vf_layers_graph *graph);

/* Sets *layers to NULL. Does nothing when it is NULL already. */
void vf_layers_destroy(struct vf_layers **layers);

#endif
