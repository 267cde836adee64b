/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Where edges meet a box they are this far apart, as far as this part of its width has room. */
static const double port_gap = 26, port_part = 0.7;
/* An edge that leads upwards turns round this far below its sender, and above its receiver. */
static const double turn = 18;

/* An end of an edge at a box. */
struct end {
    size_t node, edge;
    double toward; /* x of where it comes from or goes to */
    double x;      /* of the end itself, from the middle of the box */
};

static int by_node(const void *left, const void *right)
{
    const struct end *a = left, *b = right;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->toward != b->toward)
        return a->toward < b->toward ? -1 : 1;
    return (a->edge > b->edge) - (a->edge < b->edge);
}

static int by_edge(const void *left, const void *right)
{
    const struct end *a = left, *b = right;
    return (a->edge > b->edge) - (a->edge < b->edge);
}

/* Returns the x of the bend next to an end of an edge, or of the box at its other end. */
static double next_x(const struct vf_lines_part *part, size_t edge, bool is_sender)
{
    const struct vf_lattice_chain *chain = &part->lattice->chains[edge];
    const struct vf_layers_edge *ends = &part->graph->edges[edge];
    size_t slot = is_sender ? ends->to : ends->from;
    if (chain->count > 0)
        slot = is_sender == part->is_upward[edge] ? chain->first + chain->count - 1 : chain->first;
    return part->lattice->slots[slot].x;
}

/* Spreads the ends at one side of all boxes; they are in the order of the edges then. */
static void spread(const struct vf_lines_part *part, struct end *ends, bool is_sender)
{
    size_t count = part->graph->edge_count;
    for (size_t i = 0; i < count; i++) {
        const struct vf_layers_edge *edge = &part->graph->edges[i];
        ends[i] = (struct end){.node = is_sender ? edge->from : edge->to,
                               .edge = i,
                               .toward = next_x(part, i, is_sender)};
    }
    qsort(ends, count, sizeof(*ends), by_node);
    for (size_t first = 0, next; first < count; first = next) {
        next = first + 1;
        while (next < count && ends[next].node == ends[first].node)
            next++;
        double room = part->graph->nodes[ends[first].node].width * port_part;
        double gaps = (double)(next - first - 1);
        double gap = gaps > 0 ? fmin(port_gap, room / gaps) : 0;
        for (size_t i = first; i < next; i++)
            ends[i].x = ((double)(i - first) - gaps / 2) * gap;
    }
    qsort(ends, count, sizeof(*ends), by_edge);
}

static void add(struct vf_layers_line *line, double x, double y)
{
    line->points[line->count++] = (struct vf_layers_point){x, y};
}

/* The way through the layers of the bends, which an edge upwards passes from the last. */
static void add_bends(const struct vf_lines_part *part, size_t edge, struct vf_layers_line *line)
{
    const struct vf_lattice_chain *chain = &part->lattice->chains[edge];
    bool is_upward = part->is_upward[edge];
    for (size_t i = 0; i < chain->count; i++) {
        size_t slot = chain->first + (is_upward ? chain->count - 1 - i : i);
        size_t layer = part->lattice->slots[slot].layer;
        double x = part->lattice->slots[slot].x, top = part->top[layer],
               bottom = part->bottom[layer];
        if (is_upward && i == 0)
            bottom += turn;
        if (is_upward && i + 1 == chain->count)
            top -= turn;
        add(line, x, is_upward ? bottom : top);
        add(line, x, is_upward ? top : bottom);
    }
}

int vf_lines_find(const struct vf_lines_part *part, struct vf_layers_line *lines)
{
    const struct vf_layers_graph *graph = part->graph;
    struct end *senders = calloc(graph->edge_count + 1, sizeof(*senders));
    struct end *receivers = calloc(graph->edge_count + 1, sizeof(*receivers));
    int err = senders && receivers ? VF_OK : -ENOMEM;
    if (!err) {
        spread(part, senders, true);
        spread(part, receivers, false);
    }
    for (size_t i = 0; i < graph->edge_count && !err; i++) {
        struct vf_layers_line *line = &lines[i];
        size_t from = graph->edges[i].from, to = graph->edges[i].to;
        line->count = 0;
        line->points = calloc(2 * part->lattice->chains[i].count + 4, sizeof(*line->points));
        if (!line->points) {
            err = -ENOMEM;
            break;
        }
        double sender = part->lattice->slots[from].x + senders[i].x;
        double receiver = part->lattice->slots[to].x + receivers[i].x;
        add(line, sender, part->boxes[from].y + graph->nodes[from].height);
        if (part->is_upward[i])
            add(line, sender, part->bottom[part->boxes[from].layer] + turn);
        add_bends(part, i, line);
        if (part->is_upward[i])
            add(line, receiver, part->top[part->boxes[to].layer] - turn);
        add(line, receiver, part->boxes[to].y);
    }
    free(senders);
    free(receivers);
    return err;
}
