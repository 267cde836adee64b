/* SPDX-License-Identifier: MIT */
#include "cmd/batch/pieces.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/checkpoint/checkpoint.h"

/* Opens the note of a shard, or of a whole. Finish the checkpoint in any case. */
static int open_note(struct vf_checkpoint *checkpoint, const json_t *path,
                     const struct vf_batch_shard *shard, enum vf_checkpoint_use use)
{
    char name[32];
    snprintf(name, sizeof(name), "%u-%u", shard->number, shard->count);
    const struct vf_checkpoint_shard known = {name, 0, UINT64_MAX};
    return vf_checkpoint_open_shard(checkpoint, json_string_value(path),
                                    shard->count ? &known : NULL, use);
}

size_t vf_batch_pieces_count(const json_t *paths, const struct vf_batch_shard *shard)
{
    size_t count = 0, i;
    const json_t *path;
    json_array_foreach(paths, i, path)
    {
        struct vf_checkpoint checkpoint;
        if (open_note(&checkpoint, path, shard, VF_CHECKPOINT_LOOK) == VF_OK)
            count += checkpoint.count;
        vf_checkpoint_finish(&checkpoint);
    }
    return count;
}

bool vf_batch_pieces_are_made(const json_t *paths, const struct vf_batch_shard *shard)
{
    bool are_made = json_array_size(paths) > 0;
    const json_t *path;
    size_t i;
    json_array_foreach(paths, i, path)
    {
        struct vf_checkpoint checkpoint;
        int err = open_note(&checkpoint, path, shard, VF_CHECKPOINT_LOOK);
        size_t count = err ? 0 : checkpoint.count;
        are_made = are_made && count && checkpoint.pieces[count - 1].is_last;
        vf_checkpoint_finish(&checkpoint);
    }
    return are_made;
}

void vf_batch_pieces_forget(const json_t *paths, const struct vf_batch_shard *shard)
{
    const json_t *path;
    size_t i;
    json_array_foreach(paths, i, path)
    {
        struct vf_checkpoint checkpoint;
        int err = open_note(&checkpoint, path, shard, VF_CHECKPOINT_LOOK);
        vf_checkpoint_finish(&checkpoint);
        if (err)
            continue;
        if (open_note(&checkpoint, path, shard, VF_CHECKPOINT_OWN) == VF_OK)
            (void)unlink(checkpoint.path);
        vf_checkpoint_finish(&checkpoint);
    }
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
