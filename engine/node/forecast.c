/* SPDX-License-Identifier: MIT */
#include "engine/node/forecast.h"

#include "engine/node/node.h"

static enum vf_value_type value_type(enum vf_port_type type)
{
    switch (type) {
    case VF_PORT_VIDEO:
        return VF_VALUE_VIDEO;
    case VF_PORT_AUDIO:
        return VF_VALUE_AUDIO;
    case VF_PORT_PACKET:
        return VF_VALUE_PACKET;
    case VF_PORT_ARRAY:
        return VF_VALUE_ARRAY;
    case VF_PORT_VALUE:
        return VF_VALUE_JSON;
    case VF_PORT_ANY:
        break;
    }
    return VF_VALUE_NONE;
}

void vf_foresee(const struct vf_node *node, struct vf_foresight *foresight)
{
    for (size_t i = 0; i < node->outputs.count; i++)
        foresight->outputs[i] =
            (struct vf_forecast){.type = value_type(node->outputs.items[i].type)};
    foresight->keeps = node->keeps;
    foresight->output_count = (unsigned)node->outputs.count;
    if (node->forecast)
        node->forecast(foresight);
}

void vf_forecast_forward(struct vf_foresight *foresight)
{
    for (unsigned i = 0; i < foresight->output_count && i < foresight->input_count; i++) {
        foresight->outputs[i] = foresight->inputs[i];
        foresight->outputs[i].forwards = i + 1;
    }
}
