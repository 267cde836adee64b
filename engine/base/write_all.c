/* SPDX-License-Identifier: MIT */
#include "engine/base/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Whoever shares the descriptor may have made it one that does not wait. */
static int wait_for_room(int fd)
{
    struct pollfd output = {.fd = fd, .events = POLLOUT};
    return poll(&output, 1, -1) < 0 && errno != EINTR ? -errno : VF_OK;
}

int vf_write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    int err = VF_OK;
    while (size && !err) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EAGAIN)
            err = wait_for_room(fd);
        else if (written < 0 && errno != EINTR)
            err = -errno;
        at += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return err;
}
