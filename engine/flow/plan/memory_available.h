/* SPDX-License-Identifier: MIT */
/* memory_available.h - how much memory a process may still use here.
 *
 * The machine has what the kernel calls available. A control group may have less, and so may each
 * group that it is in, up to the root; what their page caches hold can be given up for it.
 */
#ifndef VF_ENGINE_FLOW_PLAN_MEMORY_AVAILABLE_H
#define VF_ENGINE_FLOW_PLAN_MEMORY_AVAILABLE_H

#include <stdint.h>

#include "engine/base/result.h"

/* Where to look; NULL: where the kernel has it. */
struct vf_memory_sources {
    const char *meminfo;      /* /proc/meminfo */
    const char *groups;       /* /proc/self/cgroup */
    const char *group_folder; /* /sys/fs/cgroup */
};

struct vf_memory_available {
    uint64_t bytes;
    char *group; /* the control group that has no more; NULL: it is the machine */
};

/* Finds out. Gives `group` to the caller, who frees it. Returns -ENOENT when nothing says how much
 * there is. `sources` may be NULL. */
VF_MUST_CHECK int vf_memory_available(const struct vf_memory_sources *sources,
                                      struct vf_memory_available *available);

#endif
