/* SPDX-License-Identifier: MIT */
/* container.h - what a container of an export runs. */
#ifndef VF_CMD_EXPORT_CONTAINER_H
#define VF_CMD_EXPORT_CONTAINER_H

#include <jansson.h>

#include "cmd/export/export.h"

/* Returns its command line as an array, the caller's; NULL: out of memory. `index` names the variable
 * that counts the shards from 0; NULL: there is one shard. */
json_t *vf_export_container_command(const struct vf_export *export, const char *index);

#endif
