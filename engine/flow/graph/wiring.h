/* SPDX-License-Identifier: MIT */
/* wiring.h - the inputs of a flow as links between ports.
 *
 * Nodes are named by their index in the flow. The graph of what feeds what is all that sorting,
 * checking and planning need.
 */
#ifndef VF_ENGINE_FLOW_GRAPH_WIRING_H
#define VF_ENGINE_FLOW_GRAPH_WIRING_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

struct vf_link {
    const struct vf_flow_input *input; /* lent by the flow */
    size_t sender, reader;             /* nodes */
    unsigned sender_port;
    unsigned port;    /* of the reader */
    unsigned element; /* of its inputs: struct vf_node_run */
    bool has_port;    /* of the reader: `port` and `element` are known */
    bool is_whole;    /* both ports are known */
    bool is_further;  /* another one of the same input, which stands for several */
};

struct vf_wiring {
    const struct vf_node **types; /* of each node, as its options make it; NULL: unknown. Lent by
                                     the node list, or among `adapted` */
    struct vf_node *adapted; /* by node: copies that their options have changed. Who goes on using
                                `types` takes them */
    size_t node_count;
    struct vf_flow_input *feeds; /* by node: those that links of a node's `feed` have */
    struct vf_link *links;       /* by reader, then by element */
    size_t link_count;
    size_t *first_links; /* those of reader i are from [i] to before [i + 1] */
};

/* Finds the types of all nodes and the ports of all inputs; reports what there is not. Keeps
 * `flow` and `nodes`. Returns -ENOMEM when out of memory, else VF_OK. */
VF_MUST_CHECK int vf_wiring_create(struct vf_wiring **wiring, const struct vf_flow *flow,
                                   const struct vf_node_list *nodes,
                                   struct vf_diagnostics *diagnostics);
void vf_wiring_destroy(struct vf_wiring **wiring);

/* Returns how many inputs the flow names for a node, under `inputs` or by an option. */
size_t vf_wiring_count_named(const struct vf_wiring *wiring, const struct vf_flow *flow,
                             size_t node);

/* Returns what output `port` of node `node` carries: VF_PORT_ANY when it is not known. */
enum vf_port_type vf_wiring_output_type(const struct vf_wiring *wiring, size_t node, unsigned port);

#endif
