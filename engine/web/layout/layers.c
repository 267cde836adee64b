/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/layers.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/web/layout/lattice.h"
#include "engine/web/layout/lines.h"
#include "engine/web/layout/order.h"
#include "engine/web/layout/ranks.h"
#include "engine/web/layout/straight.h"

/* Rows of parts are about so much wider than they are high in all, as screens are. */
static const double aspect = 1.6;

/* A connected part of a graph, as a graph of its own. */
struct part {
    struct vf_layers_graph graph;
    struct vf_layers_node *nodes;
    struct vf_layers_edge *edges;
    size_t *node_of, *edge_of; /* indices in the whole graph */
    size_t taken_count;        /* edges that are taken over so far */
    size_t *ranks;
    bool *is_upward;
    struct vf_layers_box *boxes;
    struct vf_layers_line *lines;
    double width, height;
};

/* The whole graph while it is taken apart. */
struct parting {
    const struct vf_layers_graph *graph;
    struct part *parts;
    size_t part_count;
    size_t *part_of; /* of each node */
    size_t *index;   /* of each node in its part */
};

static void part_finish(struct part *part)
{
    for (size_t i = 0; part->lines && i < part->graph.edge_count; i++)
        free(part->lines[i].points);
    free(part->nodes);
    free(part->edges);
    free(part->node_of);
    free(part->edge_of);
    free(part->ranks);
    free(part->is_upward);
    free(part->boxes);
    free(part->lines);
}

static void parting_finish(struct parting *parting)
{
    for (size_t i = 0; parting->parts && i < parting->part_count; i++)
        part_finish(&parting->parts[i]);
    free(parting->parts);
    free(parting->part_of);
    free(parting->index);
}

/* Makes the arrays of a part whose numbers of nodes and edges are known. */
static int part_init(struct part *part)
{
    size_t nodes = part->graph.node_count + 1, edges = part->graph.edge_count + 1;
    part->nodes = calloc(nodes, sizeof(*part->nodes));
    part->edges = calloc(edges, sizeof(*part->edges));
    part->node_of = calloc(nodes, sizeof(*part->node_of));
    part->edge_of = calloc(edges, sizeof(*part->edge_of));
    part->ranks = calloc(nodes, sizeof(*part->ranks));
    part->is_upward = calloc(edges, sizeof(*part->is_upward));
    part->boxes = calloc(nodes, sizeof(*part->boxes));
    part->lines = calloc(edges, sizeof(*part->lines));
    part->graph.nodes = part->nodes;
    part->graph.edges = part->edges;
    bool has_all = part->nodes && part->edges && part->node_of && part->edge_of && part->ranks &&
                   part->is_upward && part->boxes && part->lines;
    return has_all ? VF_OK : -ENOMEM;
}

/* Returns the first node of the part that a node is in: a forest of nodes, made flatter on the way. */
static size_t find_first(size_t *first, size_t node)
{
    while (first[node] != node) {
        first[node] = first[first[node]];
        node = first[node];
    }
    return node;
}

/* Numbers the parts in the order of their first nodes. */
static void number_parts(struct parting *parting)
{
    const struct vf_layers_graph *graph = parting->graph;
    size_t *first = parting->index;
    for (size_t i = 0; i < graph->node_count; i++)
        first[i] = i;
    for (size_t i = 0; i < graph->edge_count; i++) {
        size_t a = find_first(first, graph->edges[i].from);
        size_t b = find_first(first, graph->edges[i].to);
        first[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        size_t root = find_first(first, i);
        parting->part_of[i] = root == i ? parting->part_count++ : parting->part_of[root];
    }
}

static int take_apart(struct parting *parting)
{
    const struct vf_layers_graph *graph = parting->graph;
    number_parts(parting);
    parting->parts = calloc(parting->part_count + 1, sizeof(*parting->parts));
    if (!parting->parts)
        return -ENOMEM;
    for (size_t i = 0; i < graph->node_count; i++)
        parting->index[i] = parting->parts[parting->part_of[i]].graph.node_count++;
    for (size_t i = 0; i < graph->edge_count; i++)
        parting->parts[parting->part_of[graph->edges[i].from]].graph.edge_count++;
    for (size_t i = 0; i < parting->part_count; i++) {
        int err = part_init(&parting->parts[i]);
        if (err)
            return err;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        struct part *part = &parting->parts[parting->part_of[i]];
        part->nodes[parting->index[i]] = graph->nodes[i];
        part->node_of[parting->index[i]] = i;
    }
    for (size_t i = 0; i < graph->edge_count; i++) {
        struct part *part = &parting->parts[parting->part_of[graph->edges[i].from]];
        size_t number = part->taken_count++;
        part->edges[number] = (struct vf_layers_edge){parting->index[graph->edges[i].from],
                                                      parting->index[graph->edges[i].to]};
        part->edge_of[number] = i;
    }
    return VF_OK;
}

/* Sets the upper and lower sides of the layers, and from them the boxes, each in the middle of its
 * layer's height. */
static void set_boxes(struct part *part, const struct vf_lattice *lattice, double *top,
                      double *bottom)
{
    for (size_t i = 0; i < part->graph.node_count; i++)
        bottom[part->ranks[i]] = fmax(bottom[part->ranks[i]], part->nodes[i].height);
    double y = 0;
    for (size_t i = 0; i < lattice->layer_count; i++) {
        top[i] = y;
        bottom[i] += y;
        y = bottom[i] + VF_LAYERS_LAYER_GAP;
    }
    part->height = y - VF_LAYERS_LAYER_GAP;
    for (size_t i = 0; i < part->graph.node_count; i++) {
        const struct vf_lattice_slot *slot = &lattice->slots[i];
        double middle = (top[slot->layer] + bottom[slot->layer]) / 2;
        part->boxes[i] = (struct vf_layers_box){slot->x - slot->width / 2,
                                                middle - part->nodes[i].height / 2, slot->layer};
    }
    for (size_t i = 0; i < lattice->slot_count; i++)
        part->width = fmax(part->width, lattice->slots[i].x + lattice->slots[i].width / 2);
}

static int lay_out_lattice(struct part *part, struct vf_lattice *lattice)
{
    int err = vf_order_find(lattice, NULL);
    if (!err)
        err = vf_straight_find(lattice);
    if (err)
        return err;
    double *sides = calloc(2 * lattice->layer_count, sizeof(*sides));
    if (!sides)
        return -ENOMEM;
    set_boxes(part, lattice, sides, sides + lattice->layer_count);
    struct vf_lines_part placed = {
        .graph = &part->graph,
        .lattice = lattice,
        .is_upward = part->is_upward,
        .boxes = part->boxes,
        .top = sides,
        .bottom = sides + lattice->layer_count,
    };
    err = vf_lines_find(&placed, part->lines);
    free(sides);
    return err;
}

static int lay_out_part(struct part *part)
{
    int err = vf_ranks_find(&part->graph, part->ranks, part->is_upward);
    if (err)
        return err;
    struct vf_lattice lattice;
    err = vf_lattice_init(&lattice, &part->graph, part->ranks, part->is_upward);
    if (err)
        return err;
    err = lay_out_lattice(part, &lattice);
    vf_lattice_finish(&lattice);
    return err;
}

/* Moves a part to where it belongs, and hands its lines over. */
static void put_part(struct vf_layers *layers, struct part *part, double x, double y)
{
    for (size_t i = 0; i < part->graph.node_count; i++) {
        struct vf_layers_box *box = &layers->boxes[part->node_of[i]];
        *box = part->boxes[i];
        box->x += x;
        box->y += y;
    }
    for (size_t i = 0; i < part->graph.edge_count; i++) {
        struct vf_layers_line *line = &layers->lines[part->edge_of[i]];
        *line = part->lines[i];
        part->lines[i] = (struct vf_layers_line){0};
        for (size_t k = 0; k < line->count; k++) {
            line->points[k].x += x;
            line->points[k].y += y;
        }
    }
    layers->width = fmax(layers->width, x + part->width + VF_LAYERS_MARGIN);
    layers->height = fmax(layers->height, y + part->height + VF_LAYERS_MARGIN);
}

/* Puts the parts into rows. */
static void put_parts(struct vf_layers *layers, struct parting *parting)
{
    double area = 0, widest = 0;
    for (size_t i = 0; i < parting->part_count; i++) {
        const struct part *part = &parting->parts[i];
        area += (part->width + VF_LAYERS_PART_GAP) * (part->height + VF_LAYERS_PART_GAP);
        widest = fmax(widest, part->width);
    }
    double room = fmax(widest, sqrt(area * aspect)), x = 0, y = VF_LAYERS_MARGIN, row_height = 0;
    for (size_t i = 0; i < parting->part_count; i++) {
        struct part *part = &parting->parts[i];
        if (x > 0 && x + part->width > room) {
            y += row_height + VF_LAYERS_PART_GAP;
            x = row_height = 0;
        }
        put_part(layers, part, x + VF_LAYERS_MARGIN, y);
        x += part->width + VF_LAYERS_PART_GAP;
        row_height = fmax(row_height, part->height);
    }
}

static bool is_sound(const struct vf_layers_graph *graph)
{
    for (size_t i = 0; i < graph->node_count; i++)
        if (!(graph->nodes[i].width > 0) || !(graph->nodes[i].height > 0))
            return false;
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].from >= graph->node_count || graph->edges[i].to >= graph->node_count)
            return false;
    return true;
}

static int lay_out(struct vf_layers *layers, const struct vf_layers_graph *graph)
{
    struct parting parting = {.graph = graph};
    parting.part_of = calloc(graph->node_count + 1, sizeof(*parting.part_of));
    parting.index = calloc(graph->node_count + 1, sizeof(*parting.index));
    int err = parting.part_of && parting.index ? VF_OK : -ENOMEM;
    if (!err && graph->node_count > 0)
        err = take_apart(&parting);
    for (size_t i = 0; i < parting.part_count && !err; i++)
        err = lay_out_part(&parting.parts[i]);
    if (!err)
        put_parts(layers, &parting);
    parting_finish(&parting);
    return err;
}

int vf_layers_create(struct vf_layers **layers, const struct vf_layers_graph *graph)
{
    *layers = NULL;
    if (!is_sound(graph))
        return -EINVAL;
    struct vf_layers *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->box_count = graph->node_count;
    made->line_count = graph->edge_count;
    made->boxes = calloc(graph->node_count + 1, sizeof(*made->boxes));
    made->lines = calloc(graph->edge_count + 1, sizeof(*made->lines));
    int err = made->boxes && made->lines ? lay_out(made, graph) : -ENOMEM;
    if (err)
        vf_layers_destroy(&made);
    *layers = made;
    return err;
}

void vf_layers_destroy(struct vf_layers **layers)
{
    struct vf_layers *old = *layers;
    if (!old)
        return;
    for (size_t i = 0; old->lines && i < old->line_count; i++)
        free(old->lines[i].points);
    free(old->boxes);
    free(old->lines);
    free(old);
    *layers = NULL;
}
