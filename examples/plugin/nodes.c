/* SPDX-License-Identifier: MIT */
/* nodes - what this plugin gives to vflow. */
#include "nodes.h"

VF_PLUGIN(&node_posterize, &node_brightness);
