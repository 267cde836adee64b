/* SPDX-License-Identifier: MIT */
/* lattice.h - a connected graph whose edges lead from each layer to the next only: an edge that passes
 * layers has a bend in each of them.
 *
 * An edge that leads upwards has bends in the layers of both its ends, too, beside them, and every line
 * between two layers is seen as leading downwards.
 */
#ifndef VF_ENGINE_WEB_LAYOUT_LATTICE_H
#define VF_ENGINE_WEB_LAYOUT_LATTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/web/layout/layers.h"

#define VF_LATTICE_NONE SIZE_MAX

/* A node's box, or a bend. Slots of nodes come first, in the order of the nodes. */
struct vf_lattice_slot {
    double width;
    bool is_bend;
    size_t layer;
    size_t place;  /* in its layer, from the left */
    size_t beside; /* of the last bend of an edge upwards: the node's slot; else VF_LATTICE_NONE */
    double x;      /* of its middle */
};

/* The bends of an edge, downwards. */
struct vf_lattice_chain {
    size_t first, count;
};

/* Of each slot those that it is connected with in the layer above, or below. */
struct vf_lattice_links {
    size_t *start; /* of slot i: from start[i] up to start[i + 1] */
    size_t *slots;
};

struct vf_lattice {
    struct vf_lattice_slot *slots;
    size_t slot_count;
    size_t *order; /* slots by layer, and by place in it */
    size_t *start; /* of layer i: from start[i] up to start[i + 1] */
    size_t layer_count;
    size_t widest; /* number of slots in the layer that has most */
    struct vf_lattice_chain *chains;
    struct vf_lattice_links up, down;
    size_t link_count;
};

/* Makes the lattice of a graph whose nodes are in the layers `ranks`, in the order of the nodes. */
VF_MUST_CHECK int vf_lattice_init(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                                  const size_t *ranks, const bool *is_upward);
void vf_lattice_finish(struct vf_lattice *lattice);

/* Returns the slots of a layer, from the left. */
size_t *vf_lattice_layer(const struct vf_lattice *lattice, size_t layer);
size_t vf_lattice_layer_size(const struct vf_lattice *lattice, size_t layer);

/* Writes down in each slot of a layer at which place it is. */
void vf_lattice_number(struct vf_lattice *lattice, size_t layer);

#endif
