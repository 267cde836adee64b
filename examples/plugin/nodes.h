/* SPDX-License-Identifier: MIT */
/* nodes.h - the nodes of this plugin. */
#ifndef VF_EXAMPLES_PLUGIN_NODES_H
#define VF_EXAMPLES_PLUGIN_NODES_H

#include <engine/node/plugin.h>

extern const struct vf_node node_posterize, node_brightness;

#endif
