/* SPDX-License-Identifier: MIT */
/* parts.h - bytes in several places, written to a descriptor or read from one as if they were one
 * piece, and as far as it goes without waiting where the descriptor is non-blocking.
 */
#ifndef VF_ENGINE_BASE_PARTS_H
#define VF_ENGINE_BASE_PARTS_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "engine/base/result.h"

/* Starts as {0}. Borrows the bytes. */
struct vf_parts {
    struct iovec *items;
    size_t count, room;
    size_t first; /* that is not done */
};

/* Adds a part; one that follows the last in memory makes that longer. */
VF_MUST_CHECK int vf_parts_add(struct vf_parts *parts, const void *bytes, size_t size);

/* Forgets all parts, and keeps the room for them. */
void vf_parts_clear(struct vf_parts *parts);
void vf_parts_finish(struct vf_parts *parts);

/* Returns how many bytes are not done. */
size_t vf_parts_left(const struct vf_parts *parts);

/* Writes, or reads, some of what is left, and goes on after it. Returns how many bytes that was, 0
 * at the end of what is read, or a negative errno: -EAGAIN where nothing can go now. */
ssize_t vf_parts_write(struct vf_parts *parts, int fd);
ssize_t vf_parts_read(struct vf_parts *parts, int fd);

#endif
