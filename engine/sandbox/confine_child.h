/* SPDX-License-Identifier: MIT */
/* confine_child.h - a process that reads what somebody else has written, and can do nothing else.
 *
 * Call it in a process that was forked for this, while it has one thread: there is no way back. After
 * it, the process can calculate, allocate memory, read and write the descriptors that it has, and end.
 * It can neither connect nor listen, start no program, signal nobody but itself, and write no file.
 * Whatever it tries fails with EACCES, so that a library says that it cannot, and goes on. What a
 * library loads on demand has to be loaded before, or to be readable.
 */
#ifndef VF_ENGINE_SANDBOX_CONFINE_CHILD_H
#define VF_ENGINE_SANDBOX_CONFINE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* What a confined process may do beyond calculating. All zero: nothing. */
struct vf_confinement {
    const char *const *readable; /* files, and folders with all that is below them, that it may open
                                    to read; those that are not there are left out. NULL: none */
    size_t readable_count;
    bool has_threads;  /* it may start threads */
    uint64_t memory;   /* bytes that it may map beyond what it has; 0: any number */
    unsigned cpu_time; /* seconds that it may calculate; 0: any number */
};

/* Confines this process for good. Returns -ENOTSUP where the kernel cannot, -ENOMEM, or another
 * negative errno; then the process is to do nothing with what it was to read. */
VF_MUST_CHECK int vf_confine_reader(const struct vf_confinement *confinement);

/* Says whether files can be told apart: without Landlock, a process that may open some files can read
 * all that its user can. */
bool vf_confine_tells_files(void);

#endif
