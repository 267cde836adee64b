/* SPDX-License-Identifier: MIT */
#include "cmd/batch/gpus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/text.h"

int vf_batch_gpus_init(struct vf_batch_gpus *gpus, const char *const *ids, size_t count)
{
    *gpus = (struct vf_batch_gpus){ids, count, calloc(count + 1, sizeof(*gpus->loads))};
    return gpus->loads ? VF_OK : -ENOMEM;
}

void vf_batch_gpus_finish(struct vf_batch_gpus *gpus)
{
    free(gpus->loads);
    *gpus = (struct vf_batch_gpus){0};
}

/* Puts the numbers of all GPUs in order: the first of those that fewest have, and so on. */
static void sort(const struct vf_batch_gpus *gpus, size_t *order)
{
    for (size_t i = 0; i < gpus->count; i++) {
        size_t at = i;
        for (; at > 0 && gpus->loads[order[at - 1]] > gpus->loads[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* Counts the tasks in, or out: the first has the first of the list, and so on, round and round. */
static void count(struct vf_batch_gpus *gpus, const struct vf_batch_gpu_share *share, bool is_in)
{
    for (unsigned i = 0; i < share->tasks && gpus->count; i++) {
        unsigned *load = &gpus->loads[share->order[i % gpus->count]];
        *load = is_in ? *load + 1 : *load - 1;
    }
}

int vf_batch_gpus_take(struct vf_batch_gpus *gpus, unsigned tasks, struct vf_batch_gpu_share *share)
{
    struct vf_text list = {0};
    *share = (struct vf_batch_gpu_share){0};
    if (!tasks || !gpus->count)
        return VF_OK;
    share->order = calloc(gpus->count, sizeof(*share->order));
    if (!share->order)
        return -ENOMEM;
    sort(gpus, share->order);
    for (size_t i = 0; i < gpus->count; i++)
        vf_text_print(&list, "%s%s", i ? "," : "", gpus->ids[share->order[i]]);
    share->list = vf_text_take(&list);
    if (!share->list)
        return -ENOMEM;
    share->tasks = tasks;
    count(gpus, share, true);
    return VF_OK;
}

void vf_batch_gpus_give_back(struct vf_batch_gpus *gpus, struct vf_batch_gpu_share *share)
{
    count(gpus, share, false);
    free(share->list);
    free(share->order);
    *share = (struct vf_batch_gpu_share){0};
}
