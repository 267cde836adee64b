/* SPDX-License-Identifier: MIT */
#include "engine/base/write_all.h"

#include <errno.h>
#include <unistd.h>

int vf_write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno != EINTR)
            return -errno;
        at += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return VF_OK;
}
