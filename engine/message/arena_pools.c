/* SPDX-License-Identifier: MIT */
#include "engine/message/arena_pools.h"

#include <errno.h>
#include <stdint.h>

#include "engine/base/log.h"

#define MEGABYTE 1e6

/* How much more than was foreseen is worth a warning. */
#define NEWSWORTHY_BYTES 1000000
#define ONE ((size_t)1024) /* proportions are counted in parts of one */
#define NEAR (4 * ONE)     /* up to this, two sizes count as of one kind */

/* Returns how many times the smaller of two sizes the larger one is. */
static size_t proportion(size_t a, size_t b)
{
    return a > b ? a * ONE / b : b * ONE / a;
}

/* Which kind a payload of unforeseen size is of, nobody knows: such kinds have their places
 * together. */
static struct vf_pool *find_spare(struct vf_pools *pools, struct vf_pool *full)
{
    for (size_t i = 0; i < pools->count; i++) {
        struct vf_pool *pool = &pools->items[i];
        if (!full->is_foreseen && !pool->is_foreseen && pool->live < pool->count)
            return pool;
    }
    return full;
}

static struct vf_pool *find_nearest(struct vf_pools *pools, size_t size)
{
    struct vf_pool *nearest = NULL, *open = NULL;
    for (size_t i = 0; i < pools->count; i++) {
        struct vf_pool *pool = &pools->items[i];
        if (!pool->size)
            open = open ? open : pool;
        else if (!nearest || proportion(size, pool->size) < proportion(size, nearest->size))
            nearest = pool;
    }
    bool is_near = nearest && proportion(size, nearest->size) <= NEAR;
    return open && !is_near ? open : nearest;
}

struct vf_pool *vf_pools_choose(struct vf_pools *pools, size_t size)
{
    struct vf_pool *pool = find_nearest(pools, size);
    return pool && pool->live >= pool->count ? find_spare(pools, pool) : pool;
}

/* Returns the bytes that all pools take, with places of `size` in one of them. */
static size_t total_size(const struct vf_pools *pools, const struct vf_pool *pool, size_t size)
{
    size_t total = 0;
    for (size_t i = 0; i < pools->count; i++) {
        const struct vf_pool *other = &pools->items[i];
        size_t each = other == pool ? size : other->size;
        if (each && other->count > (SIZE_MAX - total) / each)
            return SIZE_MAX;
        total += each * other->count;
    }
    return total;
}

int vf_pools_grow(struct vf_pools *pools, struct vf_pool *pool, size_t size)
{
    size_t total = total_size(pools, pool, size);
    if (pools->has_ceiling && total > pools->ceiling) {
        if (!pools->has_refused)
            vf_log(VF_LOG_ERROR,
                   "%u payloads of %.2f MB would take more than the %.2f MB there are", pool->count,
                   (double)size / MEGABYTE, (double)pools->ceiling / MEGABYTE);
        pools->has_refused = true; /* a decoder asks again and again */
        return -ENOMEM;
    }
    size_t more = (size - pool->size) * pool->count;
    if (pool->is_foreseen)
        vf_log(more >= NEWSWORTHY_BYTES ? VF_LOG_WARNING : VF_LOG_INFO,
               "payloads take %.2f MB instead of the %.2f MB foreseen, so all may take %.1f MB",
               (double)size / MEGABYTE, (double)pool->size / MEGABYTE, (double)total / MEGABYTE);
    pools->has_grown |= pool->size > 0;
    pool->size = size;
    return VF_OK;
}
