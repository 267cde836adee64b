/* SPDX-License-Identifier: MIT */
/* shared_memory.h - memory that one process writes and others only read.
 *
 * The supervisor makes each piece before it forks; the mapping it makes is writable, and so is
 * the one each child inherits. The seals allow no further writable mapping and no change of
 * size, so a process that has replaced its mapping by a read-only one cannot get it back, and
 * nobody can cut the memory away from under a reader. The kernel frees it with its last mapping.
 * What a program is to write that has not inherited a mapping keeps the right to be mapped; a process
 * that is not to write it has to be without its descriptor.
 */
#ifndef VF_ENGINE_MESSAGE_SHARED_MEMORY_H
#define VF_ENGINE_MESSAGE_SHARED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_shared_memory {
    uint8_t *bytes; /* zero at first; pages come into being when they are touched */
    size_t size;
    int fd; /* close-on-exec */
};

/* Maps `size` bytes, writable, and seals them. `name` is for /proc and people. */
VF_MUST_CHECK int vf_shared_memory_init(struct vf_shared_memory *memory, const char *name,
                                        size_t size);

/* The same, for a program that is started, and so inherits no mapping: who has the descriptor may map
 * it writable. */
VF_MUST_CHECK int vf_shared_memory_init_for_program(struct vf_shared_memory *memory,
                                                    const char *name, size_t size);

/* Replaces this process's mapping by a read-only one, at the same address; or makes one where there is
 * none. */
VF_MUST_CHECK int vf_shared_memory_make_read_only(struct vf_shared_memory *memory);

/* Closes the descriptor; the mapping stays. */
void vf_shared_memory_close(struct vf_shared_memory *memory);

/* Unmaps and closes. Accepts a zeroed struct and one that is finished already. */
void vf_shared_memory_finish(struct vf_shared_memory *memory);

#endif
