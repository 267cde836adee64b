/* SPDX-License-Identifier: MIT */
#include "engine/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

void vf_standard_streams_fill(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest number that is free, which is this one. */
        if (open("/dev/null", O_RDONLY) != fd)
            (void)open("/", O_RDONLY | O_DIRECTORY);
    }
}
