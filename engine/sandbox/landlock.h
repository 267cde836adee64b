/* SPDX-License-Identifier: MIT */
/* landlock.h - takes from a process the files, addresses and signals that it does not need, by Linux's
 * Landlock (landlock(7)), as far as the kernel has it.
 *
 * What has been taken is gone for this process and all that it starts, and stays with others. Each
 * version of the interface ("ABI") takes more: 1 files, 2 and 3 moving and cutting them, 4 TCP, 5 the
 * controls of devices, 6 signals and abstract sockets. The constants stand in landlock.c, so that old
 * headers do not matter.
 */
#ifndef VF_ENGINE_SANDBOX_LANDLOCK_H
#define VF_ENGINE_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Versions from which on something is taken. */
#define VF_LANDLOCK_FILES 1
#define VF_LANDLOCK_MOVES 2
#define VF_LANDLOCK_SIZES 3
#define VF_LANDLOCK_TCP 4
#define VF_LANDLOCK_DEVICES 5
#define VF_LANDLOCK_SIGNALS 6

/* What a process may do with a file, or with all in a folder and below. */
enum vf_landlock_rights {
    VF_MAY_READ = 1 << 0,  /* files, and the names in folders */
    VF_MAY_WRITE = 1 << 1, /* what is there, as it is */
    VF_MAY_MAKE = 1 << 2,  /* make, replace and remove files, folders, pipes and sockets */
    VF_MAY_RUN = 1 << 3,
    VF_MAY_CONTROL = 1 << 4, /* ioctl(2) of devices */
};

struct vf_landlock_path {
    const char *path;
    unsigned rights; /* of enum vf_landlock_rights */
    int fd;          /* of the place, open already; 0: it is to be opened by its path */
    bool is_folder;  /* where it is open */
};

struct vf_landlock_wish {
    const struct vf_landlock_path *paths; /* those that are not there are passed over */
    size_t count;
    bool may_connect, may_listen; /* over TCP */
    bool may_meet;                /* sockets with abstract names, which others have made */
};

/* Returns the version of this kernel, or the lower one that VFLOW_LANDLOCK_ABI says; 0: it has none, or
 * it is switched off. */
int vf_landlock_version(void);

/* Takes all that is not wished from the calling thread, and from the threads and programs that it
 * starts from now on. Returns VF_OK, -ENOSYS where the version is 0, or a negative errno. */
VF_MUST_CHECK int vf_landlock_enter(const struct vf_landlock_wish *wish);

#endif
