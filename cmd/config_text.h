/* SPDX-License-Identifier: MIT */
/* config_text.h - a flow as `vflow config` prints it. */
#ifndef VF_CMD_CONFIG_TEXT_H
#define VF_CMD_CONFIG_TEXT_H

#include <stdbool.h>

#include "cmd/flow_arguments.h"

/* Returns a flow as `vflow config --json` prints it, the caller's; NULL: the flow has mistakes, or there
 * is no memory. */
char *vf_config_text(const struct vf_flow_arguments *arguments, const char *file);

/* Returns a flow as `vflow config --no-interpolate` prints it, but without what the command line changes
 * in it: its variables are still to be set. The caller's; NULL as above. *has_parts: it has sub-flows,
 * which are in other files. */
char *vf_config_written_text(const struct vf_flow_arguments *arguments, const char *file,
                             bool *has_parts);

#endif
