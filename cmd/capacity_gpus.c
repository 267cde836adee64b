/* SPDX-License-Identifier: MIT */
#include "cmd/capacity_gpus.h"

#include "engine/base/text.h"

int vf_capacity_gpus_find(struct vf_capacity_gpus *gpus, const char *named, size_t per_stream)
{
    vf_gpu_list_finish(&gpus->list);
    gpus->per_stream = per_stream;
    return vf_gpu_list_find(&gpus->list, named);
}

char *vf_capacity_gpus_of(const struct vf_capacity_gpus *gpus, size_t stream)
{
    struct vf_text text = {0};
    for (size_t i = 0; i < gpus->list.count; i++) {
        size_t place = (stream * gpus->per_stream + i) % gpus->list.count;
        vf_text_print(&text, "%s%s", i ? "," : "", gpus->list.items[place].id);
    }
    if (text.failed)
        vf_text_finish(&text);
    return text.bytes;
}

void vf_capacity_gpus_finish(struct vf_capacity_gpus *gpus)
{
    vf_gpu_list_finish(&gpus->list);
}
