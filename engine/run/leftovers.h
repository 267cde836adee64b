/* SPDX-License-Identifier: MIT */
/* leftovers.h - what a process that becomes a worker lets go of: the memory of all the tasks that are
 * not its neighbours, and their descriptors.
 *
 * One by one that would be several system calls for each task of the flow, in each of its processes. So
 * they are noted, and let go of together: what lies side by side goes at once.
 */
#ifndef VF_ENGINE_RUN_LEFTOVERS_H
#define VF_ENGINE_RUN_LEFTOVERS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/message/shared_memory.h"

struct vf_leftover_range {
    uintptr_t begin, end;
};

/* Starts as {.tasks = how many there are}. */
struct vf_leftovers {
    size_t tasks;
    struct vf_leftover_range *ranges;
    int *fds;
    size_t range_count, range_room, fd_count, fd_room;
};

/* Notes a descriptor, which becomes -1; it may be -1 already. */
void vf_leftovers_add(struct vf_leftovers *leftovers, int *fd);

/* Notes a mapping; its descriptor is as before. */
void vf_leftovers_add_mapping(struct vf_leftovers *leftovers, struct vf_shared_memory *memory);

/* Unmaps and closes all that was noted. */
void vf_leftovers_drop(struct vf_leftovers *leftovers);

#endif
