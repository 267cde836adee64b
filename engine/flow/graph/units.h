/* SPDX-License-Identifier: MIT */
/* units.h - a flow as what its tasks run: single nodes, and groups of nodes.
 *
 * A unit becomes one task, or with replicas several, and maybe one more that gathers their inputs.
 * Links between members of one group are within its task; all others are the graph of the units.
 */
#ifndef VF_ENGINE_FLOW_GRAPH_UNITS_H
#define VF_ENGINE_FLOW_GRAPH_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/wiring.h"

/* A port of a member that is seen from outside. */
struct vf_unit_port {
    size_t node; /* of the flow */
    unsigned port;
};

struct vf_unit {
    const char *name; /* lent by the flow */
    bool is_group;
    size_t *members; /* nodes of the flow, parents first */
    size_t member_count;
    struct vf_unit_port *outputs; /* of a group: what is read outside */
    size_t output_count;
    size_t input_count; /* of a group: sources outside */
};

struct vf_units {
    const struct vf_flow *flow;
    const struct vf_wiring *nodes; /* the flow's links, by node */
    struct vf_unit *items;
    size_t count;
    size_t *of_node;    /* the unit of each node */
    unsigned *elements; /* of each link of `nodes` into a group from outside: input of the group */
    struct vf_wiring graph; /* links by unit: ports and elements are the unit's; no types */
};

/* Puts the nodes of `wiring`, which has no cycle, into units. Borrows both until the units are
 * finished. */
VF_MUST_CHECK int vf_units_init(struct vf_units *units, const struct vf_flow *flow,
                                const struct vf_wiring *wiring);
void vf_units_finish(struct vf_units *units);

/* Returns the keys of a unit: those of its node, or of a group's first member. */
const struct vf_node_keys *vf_unit_keys(const struct vf_units *units, size_t unit);

/* Returns whether a task has to gather what the replicas of `unit` get. */
bool vf_unit_needs_gather(const struct vf_units *units, size_t unit);

/* Counts the tasks that all units together become. */
size_t vf_units_count_tasks(const struct vf_units *units);

#endif
