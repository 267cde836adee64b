/* SPDX-License-Identifier: MIT */
/* gpus.h - the GPUs that the runs of a batch share, which each by itself would begin with the first of.
 * Pure. */
#ifndef VF_CMD_BATCH_GPUS_H
#define VF_CMD_BATCH_GPUS_H

#include <stddef.h>

#include "engine/base/result.h"

/* Starts as {.ids, .count}, which are borrowed; {0}: there is none, or nothing asks for one. */
struct vf_batch_gpus {
    const char *const *ids;
    size_t count;
    unsigned *loads; /* tasks that have each */
};

/* What one run has. Starts as {0}. */
struct vf_batch_gpu_share {
    char *list;    /* for its --gpus; NULL: it looks for itself */
    size_t *order; /* the numbers of all, in the order of the list */
    unsigned tasks;
};

VF_MUST_CHECK int vf_batch_gpus_init(struct vf_batch_gpus *gpus, const char *const *ids,
                                     size_t count);
void vf_batch_gpus_finish(struct vf_batch_gpus *gpus);

/* Lists all GPUs for a run of which so many tasks ask for one: those first that fewest have. */
VF_MUST_CHECK int vf_batch_gpus_take(struct vf_batch_gpus *gpus, unsigned tasks,
                                     struct vf_batch_gpu_share *share);

/* Gives back what a run has had. */
void vf_batch_gpus_give_back(struct vf_batch_gpus *gpus, struct vf_batch_gpu_share *share);

#endif
