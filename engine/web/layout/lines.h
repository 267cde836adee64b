/* SPDX-License-Identifier: MIT */
/* lines.h - the way of each edge between boxes that are placed. */
#ifndef VF_ENGINE_WEB_LAYOUT_LINES_H
#define VF_ENGINE_WEB_LAYOUT_LINES_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/web/layout/lattice.h"
#include "engine/web/layout/layers.h"

/* A part of a drawing: its graph, where its boxes are, and its layers' upper and lower sides. */
struct vf_lines_part {
    const struct vf_layers_graph *graph;
    const struct vf_lattice *lattice;
    const bool *is_upward;
    const struct vf_layers_box *boxes;
    const double *top, *bottom;
};

/* Sets *lines of each edge of the part; the caller frees their points, after a failure too. Edges leave
 * and reach a box side by side, in the order of where they go. */
VF_MUST_CHECK int vf_lines_find(const struct vf_lines_part *part, struct vf_layers_line *lines);

#endif
