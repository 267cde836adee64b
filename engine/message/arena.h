/* SPDX-License-Identifier: MIT */
/* arena.h - the shared memory in which one task makes its payloads.
 *
 * Only the owner allocates and writes; its records stay in its private memory, so nothing that
 * a reader does can spoil them. Memory is touched once and then reused, what was freed last
 * first, because that is still in the cache: the first touch of fresh memory costs more than
 * copying a frame.
 *
 * An arena may be divided into pools, as the plan of a flow does it: each has a number of places of
 * one size, and what is touched never exceeds their sum. A payload takes a place of the pool
 * whose size is nearest to its own in proportion. Payloads larger than anything foreseen make
 * that pool's places larger.
 */
#ifndef VF_ENGINE_MESSAGE_ARENA_H
#define VF_ENGINE_MESSAGE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/arena_pools.h"
#include "engine/message/message.h"

struct vf_arena;

/* Manages `size` bytes at `bytes`, which must start on a page, for the task called `id`. At most
 * `limit` payloads live at once. Borrows `bytes` until the arena is destroyed. */
VF_MUST_CHECK int vf_arena_create(struct vf_arena **arena, uint32_t id, uint8_t *bytes, size_t size,
                                  unsigned limit);

/* Divides the arena, before the first payload is made, into `count` pools, VF_ARENA_POOLS at most.
 * What they take together stays below `ceiling` bytes, whatever comes; 0: no ceiling but the
 * arena's size. Copies `pools`. */
void vf_arena_divide(struct vf_arena *arena, const struct vf_arena_pool *pools, size_t count,
                     size_t ceiling);

/* Returns the bytes of an arena that a payload of `size` bytes takes; SIZE_MAX: it is too large
 * for any. */
size_t vf_arena_place_size(size_t size);

/* After the last payload has been dropped. */
void vf_arena_destroy(struct vf_arena **arena);

/* Makes a payload aligned to 64 bytes, with 64 bytes after it. Never waits; callable from any
 * thread. Returns -EAGAIN when as many as may live do, or no gap is wide enough until some are
 * dropped; -ENOMEM when it could never fit, would pass the ceiling, or the machine is out of
 * memory. */
VF_MUST_CHECK int vf_arena_allocate(struct vf_arena *arena, size_t size,
                                    struct vf_payload **payload);

/* Makes the payload that a process before had made there, of which a message is still on its way;
 * each one once, before the first is allocated. -EINVAL: there can be none. */
VF_MUST_CHECK int vf_arena_claim(struct vf_arena *arena, uint64_t offset, size_t size,
                                 struct vf_payload **payload);

/* Bytes that have been touched so far: what the arena costs. */
size_t vf_arena_touched(struct vf_arena *arena);

#endif
