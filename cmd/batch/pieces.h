/* SPDX-License-Identifier: MIT */
/* pieces.h - what earlier runs have made of outputs that are made in pieces (engine/checkpoint).
 * `paths` lists these outputs; NULL: there are none. */
#ifndef VF_CMD_BATCH_PIECES_H
#define VF_CMD_BATCH_PIECES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cmd/batch/job.h"

/* Returns how many pieces are complete, of those that a shard makes; of {0}: of those of a whole. */
size_t vf_batch_pieces_count(const json_t *paths, const struct vf_batch_shard *shard);

/* Returns whether a shard has made all of its pieces. */
bool vf_batch_pieces_are_made(const json_t *paths, const struct vf_batch_shard *shard);

/* Has a shard begin again; or, of {0}, the run that joins shards take what they have made, and not what
 * it was made of before. Does nothing where another run is making pieces. */
void vf_batch_pieces_forget(const json_t *paths, const struct vf_batch_shard *shard);

/* Removes all that there is of them. Does nothing where another run is making some. */
void vf_batch_pieces_remove(const json_t *paths);

#endif
