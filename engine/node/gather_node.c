/* SPDX-License-Identifier: MIT */
#include "engine/node/gather_node.h"

#include <errno.h>
#include <stdlib.h>

/* Every element goes on, also after one that found no room: the replica's inputs stay in step. */
static int gather_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    for (unsigned i = 0; i < run->input_count; i++) {
        int err = inputs[i] ? vf_node_passthrough(run, i, i) : VF_OK;
        if (err && err != VF_DROPPED)
            return err;
    }
    return VF_OK;
}

int vf_gather_node_create(struct vf_node **gather, const struct vf_node *node, unsigned elements)
{
    struct vf_port *outputs = calloc(elements + 1, sizeof(*outputs));
    *gather = malloc(sizeof(**gather));
    if (!outputs || !*gather) {
        free(outputs);
        free(*gather);
        *gather = NULL;
        return -ENOMEM;
    }
    for (unsigned i = 0; i < elements; i++) {
        const struct vf_port_list *inputs = &node->inputs;
        const struct vf_port *input = &inputs->items[i < inputs->count ? i : inputs->count - 1];
        outputs[i] =
            (struct vf_port){.name = input->name, .type = input->type, .help = input->help};
    }
    const struct vf_node made = {
        .name = "gather",
        .summary = "Gather what the replicas of a node are to get.",
        .kind = VF_PROCESSOR,
        .is_reading_only_heads = true,
        .inputs = node->inputs,
        .outputs = {.items = outputs, .count = elements},
        .forecast = vf_forecast_forward,
        .process = gather_process,
    };
    **gather = made;
    return VF_OK;
}

void vf_gather_node_destroy(struct vf_node **gather)
{
    if (!*gather)
        return;
    free((struct vf_port *)(uintptr_t)(*gather)->outputs.items);
    free(*gather);
    *gather = NULL;
}
