/* SPDX-License-Identifier: MIT */
#include "engine/flow/graph/units.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/graph/graph.h"

#define NO_ELEMENT UINT_MAX

/* Returns the unit of the group called `name`; `count`: there is none yet. */
static size_t find_group(const struct vf_units *units, const char *name)
{
    size_t i = 0;
    while (i < units->count &&
           !(units->items[i].is_group && strcmp(units->items[i].name, name) == 0))
        i++;
    return i;
}

static int add_member(struct vf_units *units, size_t index, size_t node)
{
    const struct vf_flow_node *described = &units->flow->nodes[node];
    struct vf_unit *unit = &units->items[index];
    size_t *members = realloc(unit->members, (unit->member_count + 1) * sizeof(*members));
    if (!members)
        return -ENOMEM;
    if (index == units->count)
        units->count++;
    unit->members = members;
    members[unit->member_count++] = node;
    unit->is_group = described->keys.group != NULL;
    unit->name = unit->is_group ? described->keys.group : described->name;
    units->of_node[node] = index;
    return VF_OK;
}

static int add_members(struct vf_units *units)
{
    size_t *order;
    int err = vf_graph_sort(units->nodes, &order);
    if (err)
        return err;
    /* Units stand as their first members do in the file, and members with parents first. */
    for (size_t i = 0; i < units->flow->node_count && !err; i++) {
        const char *group = units->flow->nodes[i].keys.group;
        if (!group)
            err = add_member(units, units->count, i);
        else if (find_group(units, group) == units->count)
            for (size_t j = 0, unit = units->count; j < units->flow->node_count && !err; j++) {
                const char *other = units->flow->nodes[order[j]].keys.group;
                if (other && strcmp(other, group) == 0)
                    err = add_member(units, unit, order[j]);
            }
    }
    free(order);
    return err;
}

/* Returns which output of a unit `port` of its member `node` is, after adding it to a group. */
static int find_output(struct vf_unit *unit, size_t node, unsigned port, unsigned *output)
{
    for (*output = 0; *output < unit->output_count; ++*output) {
        const struct vf_unit_port *known = &unit->outputs[*output];
        if (known->node == node && known->port == port)
            return VF_OK;
    }
    size_t size = (unit->output_count + 1) * sizeof(*unit->outputs);
    struct vf_unit_port *outputs = realloc(unit->outputs, size);
    if (!outputs)
        return -ENOMEM;
    unit->outputs = outputs;
    outputs[unit->output_count++] = (struct vf_unit_port){node, port};
    return VF_OK;
}

/* Returns whether two links into one group can be one edge. */
static bool is_same_source(const struct vf_link *a, const struct vf_link *b)
{
    return a->sender == b->sender && a->sender_port == b->sender_port &&
           a->input->queue == b->input->queue && a->input->queue_ns == b->input->queue_ns &&
           a->input->drop == b->input->drop && a->input->wire == b->input->wire &&
           a->input->delay_ns == b->input->delay_ns;
}

/* Returns the element of the group that brings the same already; NO_ELEMENT: none does. */
static unsigned find_twin(const struct vf_units *units, const struct vf_link *link)
{
    for (size_t i = 0; i < units->nodes->link_count; i++) {
        const struct vf_link *other = &units->nodes->links[i];
        bool is_same_reader = units->of_node[other->reader] == units->of_node[link->reader];
        if (units->elements[i] != NO_ELEMENT && is_same_reader && is_same_source(other, link))
            return units->elements[i];
    }
    return NO_ELEMENT;
}

/* Adds the link number `index` of the nodes to the graph of the units, if it is one there. */
static int add_link(struct vf_units *units, size_t index)
{
    const struct vf_link *link = &units->nodes->links[index];
    struct vf_link added = *link;
    added.sender = units->of_node[link->sender];
    added.reader = units->of_node[link->reader];
    struct vf_unit *sender = &units->items[added.sender], *reader = &units->items[added.reader];
    if (added.sender == added.reader)
        return VF_OK;
    int err = sender->is_group
                  ? find_output(sender, link->sender, link->sender_port, &added.sender_port)
                  : VF_OK;
    if (err)
        return err;
    if (reader->is_group) {
        unsigned twin = find_twin(units, link);
        added.port = added.element = (unsigned)reader->input_count;
        units->elements[index] = twin != NO_ELEMENT ? twin : added.element;
        if (twin != NO_ELEMENT)
            return VF_OK;
        reader->input_count++;
    }
    units->graph.links[units->graph.link_count++] = added;
    return VF_OK;
}

/* A group's inputs are numbered as its members, parents first, and their inputs stand, so that
 * the first input of the first member is the first of the group. */
static int add_links(struct vf_units *units)
{
    struct vf_wiring *graph = &units->graph;
    int err = VF_OK;
    for (size_t i = 0; i < units->count; i++) {
        for (size_t j = 0; j < units->items[i].member_count; j++) {
            size_t node = units->items[i].members[j];
            size_t end = units->nodes->first_links[node + 1];
            for (size_t k = units->nodes->first_links[node]; k < end && !err; k++)
                err = add_link(units, k);
        }
        graph->first_links[i + 1] = graph->link_count;
    }
    return err;
}

int vf_units_init(struct vf_units *units, const struct vf_flow *flow,
                  const struct vf_wiring *wiring)
{
    size_t count = flow->node_count;
    *units = (struct vf_units){.flow = flow, .nodes = wiring};
    units->items = calloc(count + 1, sizeof(*units->items));
    units->of_node = calloc(count + 1, sizeof(*units->of_node));
    units->elements = calloc(wiring->link_count + 1, sizeof(*units->elements));
    units->graph.links = calloc(wiring->link_count + 1, sizeof(*units->graph.links));
    units->graph.first_links = calloc(count + 1, sizeof(*units->graph.first_links));
    bool is_made = units->items && units->of_node && units->elements && units->graph.links &&
                   units->graph.first_links;
    for (size_t i = 0; units->elements && i < wiring->link_count; i++)
        units->elements[i] = NO_ELEMENT;
    int err = is_made ? add_members(units) : -ENOMEM;
    units->graph.node_count = units->count;
    if (!err)
        err = add_links(units);
    if (err)
        vf_units_finish(units);
    return err;
}

void vf_units_finish(struct vf_units *units)
{
    for (size_t i = 0; units->items && i < units->count; i++) {
        free(units->items[i].members);
        free(units->items[i].outputs);
    }
    free(units->items);
    free(units->of_node);
    free(units->elements);
    free(units->graph.links);
    free(units->graph.first_links);
    *units = (struct vf_units){0};
}

const struct vf_node_keys *vf_unit_keys(const struct vf_units *units, size_t unit)
{
    return &units->flow->nodes[units->items[unit].members[0]].keys;
}

bool vf_unit_needs_gather(const struct vf_units *units, size_t unit)
{
    const struct vf_wiring *graph = &units->graph;
    size_t first = graph->first_links[unit], count = graph->first_links[unit + 1] - first;
    if (vf_unit_keys(units, unit)->replicas < 2)
        return false;
    return count != 1 || vf_unit_keys(units, graph->links[first].sender)->replicas > 1;
}

size_t vf_units_count_tasks(const struct vf_units *units)
{
    size_t count = 0;
    for (size_t i = 0; i < units->count; i++) {
        int replicas = vf_unit_keys(units, i)->replicas;
        count += (replicas > 1 ? (size_t)replicas : 1) + vf_unit_needs_gather(units, i);
    }
    return count;
}
