/* SPDX-License-Identifier: MIT */
#include "cmd/batch/pieces.h"

#include <stdbool.h>

#include "engine/checkpoint/checkpoint.h"

size_t vf_batch_pieces_count(const json_t *paths)
{
    size_t count = 0, i;
    const json_t *path;
    json_array_foreach(paths, i, path)
    {
        struct vf_checkpoint checkpoint;
        if (vf_checkpoint_open(&checkpoint, json_string_value(path), VF_CHECKPOINT_LOOK) == VF_OK)
            count += checkpoint.count;
        vf_checkpoint_finish(&checkpoint);
    }
    return count;
}

static bool are_there(const char *path)
{
    struct vf_checkpoint checkpoint;
    bool are_there = vf_checkpoint_open(&checkpoint, path, VF_CHECKPOINT_LOOK) == VF_OK ||
                     vf_checkpoint_has_shards(&checkpoint);
    vf_checkpoint_finish(&checkpoint);
    return are_there;
}

void vf_batch_pieces_remove(const json_t *paths)
{
    const json_t *path;
    size_t i;
    json_array_foreach(paths, i, path)
    {
        struct vf_checkpoint checkpoint;
        if (!are_there(json_string_value(path)))
            continue;
        if (vf_checkpoint_open(&checkpoint, json_string_value(path), VF_CHECKPOINT_OWN) == VF_OK) {
            vf_checkpoint_remove_parts(&checkpoint);
            vf_checkpoint_remove(&checkpoint);
        }
        vf_checkpoint_finish(&checkpoint);
    }
}
