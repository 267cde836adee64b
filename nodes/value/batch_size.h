/* SPDX-License-Identifier: MIT */
/* batch_size.h - how many inputs a node takes at a time, as its option says it. */
#ifndef VF_NODES_VALUE_BATCH_SIZE_H
#define VF_NODES_VALUE_BATCH_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"

/* Row of an options struct, for its field `batch`. */
#define VF_BATCH_OPTION(type)                                                                 \
    {                                                                                         \
        "batch",                                                                              \
            "Inputs that it gets at a time, and how long the first waits for more: {max: 8, " \
            "wait: 20ms}; empty: one",                                                        \
            VF_MAP(type, batch), .fallback = "{}"                                             \
    }

struct vf_batch_size {
    int max; /* inputs; 1: no batches */
    int64_t wait_ns;
};

/* Reads such an option. Returns -EINVAL with what is wrong in `problem`, as check() of a node does,
 * and then, too, a size that can be used. */
int vf_batch_read(const struct vf_map *map, struct vf_batch_size *size, char *problem,
                  size_t problem_size);

#endif
