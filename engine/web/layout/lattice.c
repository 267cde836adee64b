/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/lattice.h"

#include <errno.h>
#include <stdlib.h>

static const double bend_width = 12;

size_t *vf_lattice_layer(const struct vf_lattice *lattice, size_t layer)
{
    return &lattice->order[lattice->start[layer]];
}

size_t vf_lattice_layer_size(const struct vf_lattice *lattice, size_t layer)
{
    return lattice->start[layer + 1] - lattice->start[layer];
}

void vf_lattice_number(struct vf_lattice *lattice, size_t layer)
{
    const size_t *slots = vf_lattice_layer(lattice, layer);
    for (size_t i = 0; i < vf_lattice_layer_size(lattice, layer); i++)
        lattice->slots[slots[i]].place = i;
}

void vf_lattice_finish(struct vf_lattice *lattice)
{
    free(lattice->slots);
    free(lattice->order);
    free(lattice->start);
    free(lattice->chains);
    free(lattice->up.start);
    free(lattice->up.slots);
    free(lattice->down.start);
    free(lattice->down.slots);
    *lattice = (struct vf_lattice){0};
}

/* Finds how many bends each edge has; they follow the nodes' slots. */
static void plan_chains(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                        const size_t *ranks, const bool *is_upward)
{
    lattice->slot_count = graph->node_count;
    for (size_t i = 0; i < graph->edge_count; i++) {
        size_t from = ranks[graph->edges[i].from], to = ranks[graph->edges[i].to];
        struct vf_lattice_chain *chain = &lattice->chains[i];
        chain->first = lattice->slot_count;
        chain->count = is_upward[i] ? from - to + 1 : to - from - 1;
        lattice->slot_count += chain->count;
        lattice->link_count += is_upward[i] ? chain->count - 1 : chain->count + 1;
    }
}

static void fill_slots(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                       const size_t *ranks, const bool *is_upward)
{
    for (size_t i = 0; i < graph->node_count; i++)
        lattice->slots[i] = (struct vf_lattice_slot){
            .width = graph->nodes[i].width, .layer = ranks[i], .beside = VF_LATTICE_NONE};
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct vf_lattice_chain *chain = &lattice->chains[i];
        const struct vf_layers_edge *edge = &graph->edges[i];
        size_t layer = is_upward[i] ? ranks[edge->to] : ranks[edge->from] + 1;
        for (size_t k = 0; k < chain->count; k++)
            lattice->slots[chain->first + k] = (struct vf_lattice_slot){.width = bend_width,
                                                                        .is_bend = true,
                                                                        .layer = layer + k,
                                                                        .beside = VF_LATTICE_NONE};
        if (!is_upward[i])
            continue;
        lattice->slots[chain->first].beside = edge->to;
        lattice->slots[chain->first + chain->count - 1].beside = edge->from;
    }
}

static int fill_layers(struct vf_lattice *lattice)
{
    for (size_t i = 0; i < lattice->slot_count; i++)
        if (lattice->slots[i].layer >= lattice->layer_count)
            lattice->layer_count = lattice->slots[i].layer + 1;
    lattice->start = calloc(lattice->layer_count + 2, sizeof(*lattice->start));
    lattice->order = calloc(lattice->slot_count + 1, sizeof(*lattice->order));
    if (!lattice->start || !lattice->order)
        return -ENOMEM;
    /* Counted two places on, so that filling moves the starts to where they belong. */
    for (size_t i = 0; i < lattice->slot_count; i++)
        lattice->start[lattice->slots[i].layer + 2]++;
    for (size_t i = 2; i < lattice->layer_count + 2; i++)
        lattice->start[i] += lattice->start[i - 1];
    for (size_t i = 0; i < lattice->slot_count; i++)
        lattice->order[lattice->start[lattice->slots[i].layer + 1]++] = i;
    for (size_t i = 0; i < lattice->layer_count; i++) {
        vf_lattice_number(lattice, i);
        if (vf_lattice_layer_size(lattice, i) > lattice->widest)
            lattice->widest = vf_lattice_layer_size(lattice, i);
    }
    return VF_OK;
}

/* Calls `found` for each link, the upper slot first. */
static void each_link(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                      const bool *is_upward,
                      void (*found)(struct vf_lattice *lattice, size_t upper, size_t lower))
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct vf_lattice_chain *chain = &lattice->chains[i];
        size_t upper = is_upward[i] ? chain->first : graph->edges[i].from;
        for (size_t k = is_upward[i] ? 1 : 0; k < chain->count; k++) {
            found(lattice, upper, chain->first + k);
            upper = chain->first + k;
        }
        if (!is_upward[i])
            found(lattice, upper, graph->edges[i].to);
    }
}

static void count_link(struct vf_lattice *lattice, size_t upper, size_t lower)
{
    lattice->down.start[upper + 2]++;
    lattice->up.start[lower + 2]++;
}

static void put_link(struct vf_lattice *lattice, size_t upper, size_t lower)
{
    lattice->down.slots[lattice->down.start[upper + 1]++] = lower;
    lattice->up.slots[lattice->up.start[lower + 1]++] = upper;
}

static int fill_links(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                      const bool *is_upward)
{
    struct vf_lattice_links *both[] = {&lattice->up, &lattice->down};
    for (size_t k = 0; k < 2; k++) {
        both[k]->start = calloc(lattice->slot_count + 2, sizeof(*both[k]->start));
        both[k]->slots = calloc(lattice->link_count + 1, sizeof(*both[k]->slots));
        if (!both[k]->start || !both[k]->slots)
            return -ENOMEM;
    }
    each_link(lattice, graph, is_upward, count_link);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 2; i < lattice->slot_count + 2; i++)
            both[k]->start[i] += both[k]->start[i - 1];
    each_link(lattice, graph, is_upward, put_link);
    return VF_OK;
}

int vf_lattice_init(struct vf_lattice *lattice, const struct vf_layers_graph *graph,
                    const size_t *ranks, const bool *is_upward)
{
    *lattice = (struct vf_lattice){0};
    lattice->chains = calloc(graph->edge_count + 1, sizeof(*lattice->chains));
    if (!lattice->chains)
        return -ENOMEM;
    plan_chains(lattice, graph, ranks, is_upward);
    lattice->slots = calloc(lattice->slot_count + 1, sizeof(*lattice->slots));
    int err = lattice->slots ? VF_OK : -ENOMEM;
    if (!err) {
        fill_slots(lattice, graph, ranks, is_upward);
        err = fill_layers(lattice);
    }
    if (!err)
        err = fill_links(lattice, graph, is_upward);
    if (err)
        vf_lattice_finish(lattice);
    return err;
}
