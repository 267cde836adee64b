/* SPDX-License-Identifier: MIT */
#include "engine/message/arena.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SMALLEST ((size_t)256)
#define PAGES ((size_t)64 << 10) /* large blocks come in multiples of this */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

/* A piece of the arena, in use or free. All of them, in the order of their addresses, cover
 * what lies below `touched`. */
struct block {
    struct vf_payload payload;
    struct vf_arena *arena;
    struct vf_pool *pool; /* while in use; NULL: the arena is not divided */
    size_t offset, size;
    struct block *next;      /* by address */
    struct block *next_free; /* by the time it was freed, last first */
    bool is_free;
    bool is_bare; /* its memory need not be there yet */
};

struct vf_arena {
    pthread_mutex_t lock; /* guards all below */
    uint32_t id;
    uint8_t *bytes;
    size_t size, touched;
    unsigned live, limit;
    struct block *first, *last, *free_blocks;
    struct vf_pools pools;
};

int vf_arena_create(struct vf_arena **arena, uint32_t id, uint8_t *bytes, size_t size,
                    unsigned limit)
{
    *arena = calloc(1, sizeof(**arena));
    if (!*arena)
        return -ENOMEM;
    (*arena)->id = id;
    (*arena)->bytes = bytes;
    (*arena)->size = size;
    (*arena)->limit = limit;
    (*arena)->pools.ceiling = size;
    pthread_mutex_init(&(*arena)->lock, NULL);
    return VF_OK;
}

void vf_arena_destroy(struct vf_arena **arena)
{
    if (!*arena)
        return;
    for (struct block *block = (*arena)->first, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    pthread_mutex_destroy(&(*arena)->lock);
    free(*arena);
    *arena = NULL;
}

static void release_block(struct vf_payload *payload)
{
    struct block *block = payload->owner;
    struct vf_arena *arena = block->arena;
    pthread_mutex_lock(&arena->lock);
    block->is_free = true;
    block->next_free = arena->free_blocks;
    arena->free_blocks = block;
    arena->live--;
    if (block->pool)
        block->pool->live--;
    pthread_mutex_unlock(&arena->lock);
}

/* Sizes are rounded so that payloads of nearly one size share their blocks. */
size_t vf_arena_place_size(size_t size)
{
    if (size > SIZE_MAX - VF_PAYLOAD_MARGIN - PAGES)
        return SIZE_MAX;
    size += VF_PAYLOAD_MARGIN;
    if (size > PAGES / 2)
        return (size + PAGES - 1) & ~(PAGES - 1);
    size_t block = SMALLEST;
    while (block < size)
        block *= 2;
    return block;
}

static struct block *reuse(struct vf_arena *arena, size_t size)
{
    for (struct block **link = &arena->free_blocks; *link; link = &(*link)->next_free) {
        struct block *block = *link;
        if (block->size != size)
            continue;
        *link = block->next_free;
        return block;
    }
    return NULL;
}

/* Makes one free block of each run of them. */
static void merge_free(struct vf_arena *arena)
{
    arena->free_blocks = NULL;
    arena->last = NULL;
    for (struct block *block = arena->first; block; block = block->next) {
        arena->last = block;
        if (!block->is_free)
            continue;
        while (block->next && block->next->is_free) {
            struct block *merged = block->next;
            block->size += merged->size;
            block->is_bare |= merged->is_bare;
            block->next = merged->next;
            free(merged);
        }
        block->next_free = arena->free_blocks;
        arena->free_blocks = block;
    }
}

/* Cuts `size` bytes off the front of a free block that is larger. */
static struct block *split(struct vf_arena *arena, size_t size)
{
    for (struct block **link = &arena->free_blocks; *link; link = &(*link)->next_free) {
        struct block *block = *link;
        if (block->size < size)
            continue;
        struct block *rest = block->size > size ? calloc(1, sizeof(*rest)) : NULL;
        if (rest) {
            *rest = (struct block){.arena = arena,
                                   .offset = block->offset + size,
                                   .size = block->size - size,
                                   .next = block->next,
                                   .next_free = block->next_free,
                                   .is_free = true,
                                   .is_bare = block->is_bare};
            block->next = rest;
            block->size = size;
            *link = rest;
            if (arena->last == block)
                arena->last = rest;
        } else {
            *link = block->next_free;
        }
        return block;
    }
    return NULL;
}

static int touch(uint8_t *bytes, size_t size)
{
    uintptr_t page = 4096;
    uintptr_t from = (uintptr_t)bytes & ~(page - 1);
    uintptr_t to = ((uintptr_t)bytes + size + page - 1) & ~(page - 1);
    /* Shortage shows here as an error instead of a signal in the middle of a frame. */
    if (madvise((void *)from, to - from, MADV_POPULATE_WRITE) != 0 && errno != EINVAL)
        return -ENOMEM;
    return VF_OK;
}

static int extend(struct vf_arena *arena, size_t size, struct block **extended)
{
    struct block *block = calloc(1, sizeof(*block));
    if (!block)
        return -ENOMEM;
    *block =
        (struct block){.arena = arena, .offset = arena->touched, .size = size, .is_bare = true};
    if (arena->last)
        arena->last->next = block;
    else
        arena->first = block;
    arena->last = block;
    arena->touched += size;
    *extended = block;
    return VF_OK;
}

static int find_block(struct vf_arena *arena, size_t size, struct block **found)
{
    *found = reuse(arena, size);
    if (*found)
        return VF_OK;
    bool has_space =
        arena->touched <= arena->pools.ceiling && arena->pools.ceiling - arena->touched >= size;
    if (!has_space || arena->pools.has_grown) {
        merge_free(arena);
        *found = split(arena, size);
    }
    if (*found)
        return VF_OK;
    return has_space ? extend(arena, size, found) : -EAGAIN;
}

void vf_arena_divide(struct vf_arena *arena, const struct vf_arena_pool *pools, size_t count,
                     size_t ceiling)
{
    assert(count <= VF_ARENA_POOLS && !arena->touched);
    for (size_t i = 0; i < count; i++)
        arena->pools.items[i] = (struct vf_pool){
            .size = pools[i].size ? vf_arena_place_size(pools[i].size) : 0,
            .count = pools[i].count,
            .is_foreseen = pools[i].size > 0,
        };
    arena->pools.count = count;
    arena->pools.has_ceiling = ceiling && ceiling < arena->size;
    if (arena->pools.has_ceiling)
        arena->pools.ceiling = ceiling;
}

/* Finds a block in a place of the pool that the payload is for. */
static int find_place(struct vf_arena *arena, size_t size, struct vf_pool **chosen,
                      struct block **found)
{
    struct vf_pool *pool = vf_pools_choose(&arena->pools, size);
    int err = VF_OK;
    if (arena->live >= arena->limit || (pool && pool->live >= pool->count))
        return -EAGAIN;
    if (pool && size > pool->size)
        err = vf_pools_grow(&arena->pools, pool, size);
    if (!err)
        err = find_block(arena, pool ? pool->size : size, found);
    *chosen = pool;
    return err;
}

/* Sees to it that the memory of a block is there, or makes it free again. */
static int settle_block(struct vf_arena *arena, struct block *block)
{
    if (!block->is_bare)
        return VF_OK;
    int err = touch(arena->bytes + block->offset, block->size);
    block->is_bare = err != VF_OK;
    if (err) {
        block->is_free = true;
        block->next_free = arena->free_blocks;
        arena->free_blocks = block;
    }
    return err;
}

/* Makes a block the payload of whoever asked. */
static void lend_block(struct vf_arena *arena, struct block *block, struct vf_pool *pool,
                       size_t size, struct vf_payload **payload)
{
    arena->live++;
    if (pool)
        pool->live++;
    block->pool = pool;
    block->is_free = false;
    block->payload = (struct vf_payload){.data = arena->bytes + block->offset,
                                         .size = size,
                                         .arena = arena->id,
                                         .offset = block->offset,
                                         .release = release_block,
                                         .owner = block};
    atomic_init(&block->payload.holders, 1);
    *payload = &block->payload;
}

int vf_arena_allocate(struct vf_arena *arena, size_t size, struct vf_payload **payload)
{
    *payload = NULL;
    if (vf_arena_place_size(size) > arena->pools.ceiling)
        return -ENOMEM;
    struct block *block;
    struct vf_pool *pool;
    pthread_mutex_lock(&arena->lock);
    int err = find_place(arena, vf_arena_place_size(size), &pool, &block);
    if (err == VF_OK)
        err = settle_block(arena, block);
    if (err == VF_OK)
        lend_block(arena, block, pool, size, payload);
    pthread_mutex_unlock(&arena->lock);
    return err;
}

/* Cuts a block in two; returns the second, or NULL without memory. */
static struct block *cut(struct vf_arena *arena, struct block *block, size_t size)
{
    struct block *rest = calloc(1, sizeof(*rest));
    if (!rest)
        return NULL;
    *rest = (struct block){.arena = arena,
                           .offset = block->offset + size,
                           .size = block->size - size,
                           .next = block->next,
                           .is_free = true,
                           .is_bare = block->is_bare};
    block->next = rest;
    block->size = size;
    return rest;
}

/* Makes a free block of just these bytes; NULL: they are in use, or there is no memory. What lies
 * there was written before: nothing is touched on the word of whoever says so. */
static struct block *find_at(struct vf_arena *arena, size_t offset, size_t size)
{
    struct block *block;
    if (offset + size > arena->touched &&
        extend(arena, offset + size - arena->touched, &block) == 0)
        block->is_free = true;
    merge_free(arena);
    for (block = arena->first; block; block = block->next) {
        if (block->is_free && block->offset <= offset &&
            offset + size <= block->offset + block->size)
            break;
    }
    if (block && block->offset < offset)
        block = cut(arena, block, offset - block->offset);
    if (block && block->size > size && !cut(arena, block, size))
        return NULL;
    return block;
}

int vf_arena_claim(struct vf_arena *arena, uint64_t offset, size_t size,
                   struct vf_payload **payload)
{
    size_t place = vf_arena_place_size(size);
    *payload = NULL;
    if (place > arena->size || offset > arena->size - place || offset % VF_PAYLOAD_MARGIN)
        return -EINVAL;
    pthread_mutex_lock(&arena->lock);
    struct block *block = find_at(arena, (size_t)offset, place);
    if (block) {
        struct vf_pool *pool = vf_pools_choose(&arena->pools, place);
        arena->pools.has_grown = true; /* free blocks are of all sizes now */
        lend_block(arena, block, pool, size, payload);
        merge_free(arena);
    }
    pthread_mutex_unlock(&arena->lock);
    return block ? VF_OK : -EINVAL;
}

size_t vf_arena_touched(struct vf_arena *arena)
{
    pthread_mutex_lock(&arena->lock);
    size_t touched = arena->touched;
    pthread_mutex_unlock(&arena->lock);
    return touched;
}
