/* SPDX-License-Identifier: MIT */
/* calls.h - the system calls that a process may make: filters of the kernel's (seccomp(2)), made by
 * libseccomp once for all tasks that need the same.
 *
 * A call that no task makes, such as ptrace(2) or mount(2), ends the process by SIGSYS. One that a
 * library may try and do without, such as socket(2), fails with EACCES; one that is newer than the
 * list, with ENOSYS, so that libraries take the older way.
 */
#ifndef VF_ENGINE_SANDBOX_CALLS_H
#define VF_ENGINE_SANDBOX_CALLS_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/result.h"

/* What a process needs beside computing on what it has: reading files is part of that, as libraries
 * do it at any time. */
enum vf_calls {
    VF_CALLS_WRITE = 1 << 0,   /* make, name and remove files */
    VF_CALLS_CONNECT = 1 << 1, /* sockets to other machines */
    VF_CALLS_MEET = 1 << 2,    /* sockets of this machine, with a path for their name */
    VF_CALLS_LISTEN = 1 << 3,  /* let others connect */
    VF_CALLS_RUN = 1 << 4,     /* start programs, which may make any calls but those that end it */
    VF_CALLS_TOUCH = 1 << 5,   /* open devices to write to */
};

struct vf_call_filter;

/* Makes the filter of a process that may do what `allowed`, of enum vf_calls, says. `version` is that
 * of Landlock, which guards files; what it does not see to is refused here, as far as that goes. Returns
 * -ENOSYS where the kernel has no filters. */
VF_MUST_CHECK int vf_call_filter_create(struct vf_call_filter **filter, unsigned allowed,
                                        int version);
void vf_call_filter_destroy(struct vf_call_filter **filter);

/* Takes the other calls from all threads of this process, for good. When one of them ends it, its
 * number is left in *refused, which stays valid. */
VF_MUST_CHECK int vf_call_filter_enter(const struct vf_call_filter *filter,
                                       _Atomic uint32_t *refused);

/* Returns the name of a system call, or NULL: it has none that is known. The caller's, to free(). */
char *vf_call_name(uint32_t number);

#endif
