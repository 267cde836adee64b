/* SPDX-License-Identifier: MIT */
/* usage.h - what a process uses at this moment, as the kernel tells it under /proc. */
#ifndef VF_TESTS_STRESS_USAGE_H
#define VF_TESTS_STRESS_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"

struct usage {
    /* Its share (PSS) of anonymous and shared memory, also of what is swapped out. Mapped files
     * do not count: their share changes with every other program that maps the same library. */
    uint64_t memory_kb;
    uint64_t descriptors; /* open */
    uint64_t mappings;
};

/* Returns -ESRCH when the process has ended. */
VF_MUST_CHECK int usage_read(struct usage *usage, pid_t process);

/* Finds the children of `parent`, `capacity` at most. Returns how many, or a negative errno. */
VF_MUST_CHECK int usage_find_children(pid_t *children, size_t capacity, pid_t parent);

#endif
