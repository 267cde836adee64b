/* SPDX-License-Identifier: MIT */
/* special_file.h - devices, and pipes that have a name, for nodes that write to them. */
#ifndef VF_ENGINE_NODE_SPECIAL_FILE_H
#define VF_ENGINE_NODE_SPECIAL_FILE_H

#include "engine/base/result.h"

struct vf_node_run;

/* Opens one for writing; where it is a pipe, once somebody reads it. Returns its descriptor, which
 * does not block, a negative errno, or -ECANCELED when the task is to stop. */
VF_MUST_CHECK int vf_special_file_open(struct vf_node_run *run, const char *path);

#endif
