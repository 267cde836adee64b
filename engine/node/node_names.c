/* SPDX-License-Identifier: MIT */
/* node_names - nodes by their names, and the words for what they are. */
#include <string.h>

#include "engine/node/node.h"

const struct vf_node *vf_node_find(const struct vf_node_list *nodes, const char *name)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (strcmp(nodes->items[i]->name, name) == 0)
            return nodes->items[i];
    }
    return NULL;
}

const char *vf_node_kind_name(enum vf_node_kind kind)
{
    static const char *const names[] = {
        [VF_PRODUCER] = "producer",
        [VF_PROCESSOR] = "processor",
        [VF_CONSUMER] = "consumer",
    };
    return names[kind];
}

const char *vf_port_type_name(enum vf_port_type type)
{
    static const char *const names[] = {
        [VF_PORT_ANY] = "any",       [VF_PORT_VIDEO] = "video", [VF_PORT_AUDIO] = "audio",
        [VF_PORT_PACKET] = "packet", [VF_PORT_ARRAY] = "array", [VF_PORT_VALUE] = "value",
    };
    return names[type];
}
