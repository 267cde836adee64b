/* SPDX-License-Identifier: MIT */
/* capacity_gpus.h - the GPUs that the copies of a flow share, which each run by itself would begin
 * with the first of.
 */
#ifndef VF_CMD_CAPACITY_GPUS_H
#define VF_CMD_CAPACITY_GPUS_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/gpu/gpu.h"

/* Starts as {0}: nothing asks for a GPU. */
struct vf_capacity_gpus {
    struct vf_gpu_list list;
    size_t per_stream; /* that one copy uses */
};

/* Finds those there are, or takes those `named` (NULL: none are). */
VF_MUST_CHECK int vf_capacity_gpus_find(struct vf_capacity_gpus *gpus, const char *named,
                                        size_t per_stream);

/* Returns the list for --gpus of a copy, counted from 0, in fresh memory: all GPUs, beginning after
 * those that the copies before use. NULL: out of memory. */
char *vf_capacity_gpus_of(const struct vf_capacity_gpus *gpus, size_t stream);

void vf_capacity_gpus_finish(struct vf_capacity_gpus *gpus);

#endif
