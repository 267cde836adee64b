/* SPDX-License-Identifier: MIT */
/* pieces.h - what earlier runs have made of outputs that are made in pieces (engine/checkpoint). */
#ifndef VF_CMD_BATCH_PIECES_H
#define VF_CMD_BATCH_PIECES_H

#include <jansson.h>
#include <stddef.h>

/* Returns how many pieces are complete of the outputs whose paths are listed; NULL: of none. */
size_t vf_batch_pieces_count(const json_t *paths);

/* Removes all that there is of them. Does nothing where another run is making some. */
void vf_batch_pieces_remove(const json_t *paths);

#endif
