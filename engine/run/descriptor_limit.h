/* SPDX-License-Identifier: MIT */
/* descriptor_limit.h - how many files a process of a run may have open.
 *
 * The usual soft limit of 1024 is there for programs that call select(2), which knows no higher
 * numbers. A supervisor does not, and may need more: some four for each task.
 */
#ifndef VF_ENGINE_RUN_DESCRIPTOR_LIMIT_H
#define VF_ENGINE_RUN_DESCRIPTOR_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

struct vf_descriptor_limit {
    struct rlimit old;
    bool is_raised;
};

/* Raises the soft limit to the hard one. */
void vf_descriptor_limit_raise(struct vf_descriptor_limit *limit);

/* Restores it: to what it was, or to `least` where that is more, for a worker whose libraries may
 * call select(2). */
void vf_descriptor_limit_restore(struct vf_descriptor_limit *limit, size_t least);

#endif
