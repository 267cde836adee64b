/* SPDX-License-Identifier: MIT */
/* arena_pools.h - what an arena is divided into: places for payloads of each kind.
 *
 * A plan says what pools there are (struct vf_arena_pool). Which of them a payload takes a place
 * of, and how large the places are by now, is kept by arena.c, under its lock (struct vf_pools).
 */
#ifndef VF_ENGINE_MESSAGE_ARENA_POOLS_H
#define VF_ENGINE_MESSAGE_ARENA_POOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

#define VF_ARENA_POOLS 16 /* at most */

/* Places for payloads of one kind. */
struct vf_arena_pool {
    size_t size;    /* of the largest payload; 0: not known before the first one */
    unsigned count; /* that may live at once */
};

struct vf_pool {
    size_t size; /* of each place, in bytes of the arena; 0: no payload has come yet */
    unsigned count, live;
    bool is_foreseen; /* its size was known before the first payload */
};

struct vf_pools {
    struct vf_pool items[VF_ARENA_POOLS];
    size_t count;
    size_t ceiling;   /* what may be touched */
    bool has_ceiling; /* below the arena's own size */
    bool has_refused; /* it has been said that the ceiling is too low */
    bool has_grown;   /* blocks of a size that a pool had before are in the way */
};

/* Returns the pool that a payload which takes `size` bytes is for; one that has no size yet takes
 * what is of no known kind, and when such a pool is full, another takes it. NULL: there are no
 * pools. */
struct vf_pool *vf_pools_choose(struct vf_pools *pools, size_t size);

/* Makes the places of `pool` larger: their size was not known, or was foreseen too small. Returns
 * -ENOMEM when all would pass the ceiling. */
VF_MUST_CHECK int vf_pools_grow(struct vf_pools *pools, struct vf_pool *pool, size_t size);

#endif
