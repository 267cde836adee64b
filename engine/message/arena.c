/* SPDX-License-Identifier: MIT */
#include "engine/message/arena.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "engine/base/log.h"

#define SMALLEST ((size_t)256)
#define PAGES ((size_t)64 << 10) /* large blocks come in multiples of this */
#define MARGIN ((size_t)64)      /* readable behind each payload: SIMD code reads whole vectors */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

#define MEGABYTE 1e6
#define ONE ((size_t)1024) /* proportions are counted in parts of one */
#define NEAR (4 * ONE)     /* up to this, two sizes count as of one kind */

struct pool {
    size_t size; /* of each place, in bytes of the arena; 0: no payload has come yet */
    unsigned count, live;
    bool is_foreseen; /* its size was known before the first payload */
};

/* A piece of the arena, in use or free. All of them, in the order of their addresses, cover
 * what lies below `touched`. */
struct block {
    struct vf_payload payload;
    struct vf_arena *arena;
    struct pool *pool; /* while in use; NULL: the arena is not divided */
    size_t offset, size;
    struct block *next;      /* by address */
    struct block *next_free; /* by the time it was freed, last first */
    bool is_free;
};

struct vf_arena {
    pthread_mutex_t lock; /* guards all below */
    uint32_t id;
    uint8_t *bytes;
    size_t size, touched;
    unsigned live, limit;
    struct block *first, *last, *free_blocks;
    struct pool pools[VF_ARENA_POOLS];
    size_t pool_count, ceiling;
    bool has_refused; /* it has been said that the ceiling is too low */
    bool has_ceiling; /* below the arena's own size */
    bool has_grown;   /* blocks of a size that a pool had before are in the way */
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
    (*arena)->ceiling = size;
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
    if (size > SIZE_MAX - MARGIN - PAGES)
        return SIZE_MAX;
    size += MARGIN;
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
                                   .is_free = true};
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
    int err = touch(arena->bytes + arena->touched, size);
    if (err) {
        free(block);
        return err;
    }
    *block = (struct block){.arena = arena, .offset = arena->touched, .size = size};
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
    bool has_space = arena->ceiling - arena->touched >= size;
    if (!has_space || arena->has_grown) {
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
        arena->pools[i] = (struct pool){
            .size = pools[i].size ? vf_arena_place_size(pools[i].size) : 0,
            .count = pools[i].count,
            .is_foreseen = pools[i].size > 0,
        };
    arena->pool_count = count;
    arena->has_ceiling = ceiling && ceiling < arena->size;
    if (arena->has_ceiling)
        arena->ceiling = ceiling;
}

/* Returns how many times the smaller of two sizes the larger one is. */
static size_t proportion(size_t a, size_t b)
{
    return a > b ? a * ONE / b : b * ONE / a;
}

/* Returns the pool that a payload of `size` bytes is for. One that has no size yet takes what is
 * of no known kind. */
static struct pool *choose_pool(struct vf_arena *arena, size_t size)
{
    struct pool *nearest = NULL, *open = NULL;
    for (size_t i = 0; i < arena->pool_count; i++) {
        struct pool *pool = &arena->pools[i];
        if (!pool->size)
            open = open ? open : pool;
        else if (!nearest || proportion(size, pool->size) < proportion(size, nearest->size))
            nearest = pool;
    }
    bool is_near = nearest && proportion(size, nearest->size) <= NEAR;
    return open && !is_near ? open : nearest;
}

/* Returns the bytes that all pools take, with places of `size` in one of them. */
static size_t total_size(const struct vf_arena *arena, const struct pool *pool, size_t size)
{
    size_t total = 0;
    for (size_t i = 0; i < arena->pool_count; i++) {
        const struct pool *other = &arena->pools[i];
        size_t each = other == pool ? size : other->size;
        if (each && other->count > (SIZE_MAX - total) / each)
            return SIZE_MAX;
        total += each * other->count;
    }
    return total;
}

/* Makes the places of `pool` larger: its size was not known, or was foreseen too small. */
static int grow_pool(struct vf_arena *arena, struct pool *pool, size_t size)
{
    size_t total = total_size(arena, pool, size);
    if (arena->has_ceiling && total > arena->ceiling) {
        if (!arena->has_refused)
            vf_log(VF_LOG_ERROR,
                   "%u payloads of %.1f MB would take more than the %.1f MB there are", pool->count,
                   (double)size / MEGABYTE, (double)arena->ceiling / MEGABYTE);
        arena->has_refused = true; /* a decoder asks again and again */
        return -ENOMEM;
    }
    if (pool->is_foreseen)
        vf_log(VF_LOG_WARNING,
               "payloads take %.2f MB instead of the %.2f MB foreseen, so all may take %.1f MB",
               (double)size / MEGABYTE, (double)pool->size / MEGABYTE, (double)total / MEGABYTE);
    arena->has_grown |= pool->size > 0;
    pool->size = size;
    return VF_OK;
}

/* Finds a block in a place of the pool that the payload is for. */
static int find_place(struct vf_arena *arena, size_t size, struct pool **chosen,
                      struct block **found)
{
    struct pool *pool = choose_pool(arena, size);
    int err = VF_OK;
    if (arena->live >= arena->limit || (pool && pool->live >= pool->count))
        return -EAGAIN;
    if (pool && size > pool->size)
        err = grow_pool(arena, pool, size);
    if (!err)
        err = find_block(arena, pool ? pool->size : size, found);
    *chosen = pool;
    return err;
}

/* Makes a block the payload of whoever asked. */
static void lend_block(struct vf_arena *arena, struct block *block, struct pool *pool, size_t size,
                       struct vf_payload **payload)
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
    if (vf_arena_place_size(size) > arena->ceiling)
        return -ENOMEM;
    struct block *block;
    struct pool *pool;
    pthread_mutex_lock(&arena->lock);
    int err = find_place(arena, vf_arena_place_size(size), &pool, &block);
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
                           .is_free = true};
    block->next = rest;
    block->size = size;
    return rest;
}

/* Makes a free block of just these bytes; NULL: they are in use, or there is no memory. */
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
    if (place > arena->size || offset > arena->size - place)
        return -EINVAL;
    pthread_mutex_lock(&arena->lock);
    struct block *block = find_at(arena, (size_t)offset, place);
    if (block) {
        struct pool *pool = choose_pool(arena, place);
        arena->has_grown = true; /* free blocks are of all sizes now */
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
