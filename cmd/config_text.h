/* SPDX-License-Identifier: MIT */
/* config_text.h - a flow as `vflow config --json` prints it. */
#ifndef VF_CMD_CONFIG_TEXT_H
#define VF_CMD_CONFIG_TEXT_H

#include "cmd/flow_arguments.h"

/* Returns the text, the caller's; NULL: the flow has mistakes, or there is no memory. */
char *vf_config_text(const struct vf_flow_arguments *arguments, const char *file);

#endif
