/* SPDX-License-Identifier: MIT */
/* sound_graph.h - what the nodes have in common that are a graph of libavfilter's for sound. */
#ifndef VF_NODES_SOUND_SOUND_GRAPH_H
#define VF_NODES_SOUND_SOUND_GRAPH_H

#include "engine/base/result.h"
#include "engine/media/filter/run.h"
#include "engine/node/node.h"
#include "nodes/sound/late_input.h"

/* The state of such a node. */
struct vf_sound_graph {
    struct vf_filter_run *filters;
    struct vf_late_inputs late;
};

/* Creates the graph that is composed so; a node's open() ends with it. */
VF_MUST_CHECK int vf_sound_graph_open(struct vf_node_run *run, const struct vf_filter_plan *plan);

/* The other callbacks. process() returns -E2BIG where an input is too far behind another, whose sound
 * waits for it. */
VF_MUST_CHECK int vf_sound_graph_process(struct vf_node_run *run, struct vf_message *const *inputs);
VF_MUST_CHECK int vf_sound_graph_input_ended(struct vf_node_run *run);
VF_MUST_CHECK int vf_sound_graph_flush(struct vf_node_run *run);
void vf_sound_graph_close(struct vf_node_run *run);

#endif
