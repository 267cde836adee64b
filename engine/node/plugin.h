/* SPDX-License-Identifier: MIT */
/* plugin.h - nodes in a shared object of their own, which the program loads beside the nodes it has.
 *
 * A plugin is compiled against the installed headers, is linked with nothing of vflow's, and exports
 * one symbol:
 *
 *     static const struct vf_node invert = {.name = "invert", ...};
 *     VF_PLUGIN(&invert);
 *
 * It may call the functions that vflow-node(3) lists, and no others of the program's. The page
 * teaches all that a node has to keep to.
 */
#ifndef VF_ENGINE_NODE_PLUGIN_H
#define VF_ENGINE_NODE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/message/message.h"
#include "engine/node/forecast.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "engine/node/option/option.h"
#include "engine/node/reach.h"

/* The version of the interface between the program and its plugins. The next number, whenever a
 * plugin that was compiled before would not work any more. */
#define VF_PLUGIN_ABI 1

/* What both have to agree on the size of. */
#define VF_PLUGIN_SIZES                                                                           \
    {                                                                                             \
        sizeof(struct vf_node), sizeof(struct vf_node_run), sizeof(struct vf_port),               \
            sizeof(struct vf_option), sizeof(struct vf_option_kind), sizeof(struct vf_foresight), \
            sizeof(struct vf_forecast), sizeof(struct vf_message), sizeof(struct vf_description), \
            sizeof(struct vf_payload), sizeof(struct vf_medium), sizeof(struct vf_made)           \
    }
#define VF_PLUGIN_SIZE_COUNT 12

/* What a plugin exports as vf_plugin. */
struct vf_plugin {
    uint32_t abi; /* VF_PLUGIN_ABI of its headers: stands here in every version */
    uint32_t sizes[VF_PLUGIN_SIZE_COUNT];
    const struct vf_node *const *nodes;
    size_t count;
};

/* Exports nodes, each by its address. Once in a plugin. */
#define VF_PLUGIN(...)                                                                   \
    static const struct vf_node *const vf_plugin_nodes[] = {__VA_ARGS__};                \
    extern const struct vf_plugin vf_plugin;                                             \
    __attribute__((visibility("default")))                                               \
    const struct vf_plugin vf_plugin = {VF_PLUGIN_ABI, VF_PLUGIN_SIZES, vf_plugin_nodes, \
                                        sizeof(vf_plugin_nodes) / sizeof(vf_plugin_nodes[0])}

#endif
