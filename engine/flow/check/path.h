/* SPDX-License-Identifier: MIT */
/* path.h - one file that a flow names. */
#ifndef VF_ENGINE_FLOW_CHECK_PATH_H
#define VF_ENGINE_FLOW_CHECK_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/flow/flow.h"
#include "engine/node/node.h"

/* Which file it is, whatever its name: of a hard link, too. */
struct vf_file_identity {
    bool is_file; /* a regular one */
    uint64_t device, number;
};

struct vf_path {
    char *resolved; /* absolute and without links, or as it stands for a URL */
    const char *node;
    struct vf_place place;
    bool is_output;
    bool is_shared;  /* an output that others may write, too */
    bool keeps_part; /* an output of which an interrupted run leaves a part beside it */
    bool is_folder, is_standard_input, is_standard_output;
    struct vf_file_identity identity; /* of what is there already */
    const struct vf_node *type;       /* of the node */
    const void *values;               /* its options */
};

#endif
