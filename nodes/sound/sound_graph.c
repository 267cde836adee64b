/* SPDX-License-Identifier: MIT */
#include "nodes/sound/sound_graph.h"

int vf_sound_graph_open(struct vf_node_run *run, const struct vf_filter_plan *plan)
{
    struct vf_sound_graph *graph = run->state;
    return vf_filter_run_create(&graph->filters, plan);
}

int vf_sound_graph_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_sound_graph *graph = run->state;
    return vf_filter_run_process(graph->filters, run, inputs);
}

int vf_sound_graph_input_ended(struct vf_node_run *run)
{
    struct vf_sound_graph *graph = run->state;
    return vf_filter_run_input_ended(graph->filters, run);
}

int vf_sound_graph_flush(struct vf_node_run *run)
{
    struct vf_sound_graph *graph = run->state;
    return vf_filter_run_flush(graph->filters, run);
}

void vf_sound_graph_close(struct vf_node_run *run)
{
    struct vf_sound_graph *graph = run->state;
    vf_filter_run_destroy(&graph->filters);
}
