/* SPDX-License-Identifier: MIT */
#include "nodes/sound/sound_graph.h"

#include <errno.h>

#include "engine/base/log.h"

int vf_sound_graph_open(struct vf_node_run *run, const struct vf_filter_plan *plan)
{
    struct vf_sound_graph *graph = run->state;
    graph->late.count = plan->input_count;
    return vf_filter_run_create(&graph->filters, plan);
}

/* Graphs keep what one input is ahead of another. */
static int refuse_late(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_sound_graph *graph = run->state;
    for (unsigned i = 0; i < graph->late.count && graph->late.count > 1; i++) {
        const struct vf_audio *audio = inputs[i] ? &inputs[i]->description.audio : NULL;
        if (!audio || audio->sample_rate <= 0 || audio->samples <= 0)
            continue;
        double seconds = (double)audio->samples / audio->sample_rate;
        unsigned late = vf_late_inputs_note(&graph->late, i, seconds,
                                            (size_t)inputs[i]->description.payload_size);
        if (late == graph->late.count)
            continue;
        vf_log(VF_LOG_ERROR,
               "the sound of %s waits for that of %s, which is too far behind; what a graph puts "
               "together must come at the same time",
               run->input_names[i], run->input_names[late]);
        return -E2BIG;
    }
    return VF_OK;
}

int vf_sound_graph_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_sound_graph *graph = run->state;
    int err = refuse_late(run, inputs);
    return err ? err : vf_filter_run_process(graph->filters, run, inputs);
}

int vf_sound_graph_input_ended(struct vf_node_run *run)
{
    struct vf_sound_graph *graph = run->state;
    for (unsigned i = 0; i < graph->late.count; i++)
        graph->late.has_ended[i] = vf_node_has_ended(run, i);
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
