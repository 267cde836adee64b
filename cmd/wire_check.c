/* SPDX-License-Identifier: MIT */
#include "cmd/wire_check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/wire/squeeze/squeeze.h"

/* Whether an input is sent by this host, and to a reader that shares no memory with the sender. */
static bool is_sent(const struct vf_flow *flow, const struct vf_flow_node *node,
                    const struct vf_flow_input *input)
{
    size_t i = 0;
    while (i < flow->node_count && strcmp(flow->nodes[i].name, input->node) != 0)
        i++;
    if (i == flow->node_count)
        return false;
    unsigned host = flow->nodes[i].host;
    bool is_here = flow->here < 0 || host == (unsigned)flow->here;
    return is_here && (vf_transport_has_sockets(&flow->transport) || host != node->host);
}

static enum vf_wire_form form_of(const struct vf_flow *flow, const struct vf_flow_input *input)
{
    return input->wire == VF_WIRE_BY_DEFAULT ? flow->wire : input->wire;
}

/* Returns the first input that is to be sent as H.264. */
static const struct vf_flow_input *find_input(const struct vf_flow *flow)
{
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        for (size_t j = 0; j < node->input_count; j++) {
            if (form_of(flow, &node->inputs[j]) == VF_WIRE_H264 &&
                is_sent(flow, node, &node->inputs[j]))
                return &node->inputs[j];
        }
    }
    return NULL;
}

int vf_wire_check(const struct vf_flow *flow, struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_input *input = find_input(flow);
    const struct vf_squeeze_way *way = input ? vf_squeeze_h264() : NULL;
    if (!input || (way && way->is_possible()))
        return VF_OK;
    if (!way)
        return -ELIBACC;
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "no-encoder", input->place,
                       "wire: h264 needs an encoder, and the libavcodec here is without libx264; "
                       "install one that has it, or say wire: lz4");
    return diagnostics->failure ? diagnostics->failure : -EINVAL;
}
