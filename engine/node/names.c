/* SPDX-License-Identifier: MIT */
/* names - nodes by their names, and the words for what they are. */
#include <errno.h>
#include <string.h>

#include "engine/node/node.h"

size_t vf_node_total(const struct vf_node_list *nodes)
{
    return nodes->count + (nodes->added ? nodes->added->count : 0);
}

const struct vf_node *vf_node_at(const struct vf_node_list *nodes, size_t number)
{
    if (number >= nodes->count)
        return vf_node_at(nodes->added, number - nodes->count);
    return nodes->items ? nodes->items[number] : nodes->bring(number);
}

const char *vf_node_name_at(const struct vf_node_list *nodes, size_t number)
{
    if (number >= nodes->count)
        return vf_node_name_at(nodes->added, number - nodes->count);
    return nodes->items ? nodes->items[number]->name : nodes->names[number];
}

/* Returns the number of the node called `name`; their count: there is none. */
static size_t number_of(const struct vf_node_list *nodes, const char *name)
{
    size_t number = 0, count = vf_node_total(nodes);
    while (number < count && strcmp(vf_node_name_at(nodes, number), name) != 0)
        number++;
    return number;
}

const struct vf_node *vf_node_find(const struct vf_node_list *nodes, const char *name)
{
    size_t number = number_of(nodes, name);
    return number < vf_node_total(nodes) ? vf_node_at(nodes, number) : NULL;
}

bool vf_node_exists(const struct vf_node_list *nodes, const char *name)
{
    return number_of(nodes, name) < vf_node_total(nodes);
}

bool vf_node_is_added(const struct vf_node_list *nodes, const char *name)
{
    size_t number = number_of(nodes, name);
    return number >= nodes->count && number < vf_node_total(nodes);
}

int vf_node_bring_all(const struct vf_node_list *nodes)
{
    int err = VF_OK;
    for (size_t i = 0; i < vf_node_total(nodes); i++) {
        if (!vf_node_at(nodes, i))
            err = -ELIBACC;
    }
    return err;
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
