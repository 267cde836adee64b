/* SPDX-License-Identifier: MIT */
#include "engine/base/parts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define MOST_AT_ONCE 1024 /* IOV_MAX of Linux */
#define LEAST_ROOM 8

int vf_parts_add(struct vf_parts *parts, const void *bytes, size_t size)
{
    uint8_t *place = (uint8_t *)(uintptr_t)bytes;
    struct iovec *last = parts->count > parts->first ? &parts->items[parts->count - 1] : NULL;
    if (!size)
        return VF_OK;
    if (last && (uint8_t *)last->iov_base + last->iov_len == place) {
        last->iov_len += size;
        return VF_OK;
    }
    if (!parts->items || parts->count == parts->room) {
        size_t room = parts->room ? 2 * parts->room : LEAST_ROOM;
        struct iovec *grown = realloc(parts->items, room * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        parts->items = grown;
        parts->room = room;
    }
    parts->items[parts->count++] = (struct iovec){.iov_base = place, .iov_len = size};
    return VF_OK;
}

void vf_parts_clear(struct vf_parts *parts)
{
    parts->count = parts->first = 0;
}

void vf_parts_finish(struct vf_parts *parts)
{
    free(parts->items);
    *parts = (struct vf_parts){0};
}

size_t vf_parts_left(const struct vf_parts *parts)
{
    size_t left = 0;
    for (size_t i = parts->first; i < parts->count; i++)
        left += parts->items[i].iov_len;
    return left;
}

/* `done` is what a call has returned. */
static ssize_t go_on(struct vf_parts *parts, ssize_t done)
{
    if (done < 0)
        return -errno;
    for (size_t left = (size_t)done; left;) {
        struct iovec *item = &parts->items[parts->first];
        size_t size = left < item->iov_len ? left : item->iov_len;
        item->iov_base = (uint8_t *)item->iov_base + size;
        item->iov_len -= size;
        left -= size;
        if (!item->iov_len)
            parts->first++;
    }
    return done;
}

static int count_at_once(const struct vf_parts *parts)
{
    size_t left = parts->count - parts->first;
    return (int)(left < MOST_AT_ONCE ? left : MOST_AT_ONCE);
}

ssize_t vf_parts_write(struct vf_parts *parts, int fd)
{
    ssize_t done;
    do
        done = writev(fd, parts->items + parts->first, count_at_once(parts));
    while (done < 0 && errno == EINTR);
    return go_on(parts, done);
}

ssize_t vf_parts_read(struct vf_parts *parts, int fd)
{
    ssize_t done;
    do
        done = readv(fd, parts->items + parts->first, count_at_once(parts));
    while (done < 0 && errno == EINTR);
    return go_on(parts, done);
}
