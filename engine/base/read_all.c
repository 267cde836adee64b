/* SPDX-License-Identifier: MIT */
#include "engine/base/read_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "engine/base/clock.h"

int vf_read_all(int fd, void *bytes, size_t size, int64_t deadline_ns)
{
    char *at = bytes;
    while (size) {
        int64_t left_ms = (deadline_ns - vf_clock_now_ns()) / VF_NS_PER_MS;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left_ms <= 0)
            return -ETIMEDOUT;
        if (poll(&ready, 1, (int)left_ms) <= 0)
            continue; /* interrupted, or too late, which is seen above */
        ssize_t got = read(fd, at, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return -EPIPE;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return VF_OK;
}
