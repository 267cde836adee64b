/* SPDX-License-Identifier: MIT */
#include "engine/node/special_file.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/base/clock.h"
#include "engine/node/node.h"

#define WAIT_NS (100 * VF_NS_PER_MS)

int vf_special_file_open(struct vf_node_run *run, const char *path)
{
    for (;;) {
        int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0 || errno != ENXIO)
            return fd < 0 ? -errno : fd;
        if (vf_node_stop_requested(run))
            return -ECANCELED;
        int err = vf_node_sleep_until(run, vf_clock_now_ns() + WAIT_NS);
        if (err)
            return err < 0 ? err : -ECANCELED;
    }
}
