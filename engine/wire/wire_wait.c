/* SPDX-License-Identifier: MIT */
/* wire_wait - sleeping over wires and bells: apart from the wires, for a task in shared memory has none
 * of them, and needs no libzmq. */
#include <assert.h>
#include <errno.h>
#include <poll.h>

#include "engine/wire/wire.h"
#include "engine/wire/wire_inside.h"

#define MAX_WAITED 8

int vf_wire_wait(struct vf_wire *const *wires, size_t count, const int fds[2], int timeout_ms,
                 unsigned *ready)
{
    struct pollfd items[MAX_WAITED];
    assert(count + 2 <= MAX_WAITED);
    /* zmq_poll() would ask every socket twice; one that has been read to its end signals by its
     * descriptor when there is something new: zmq_getsockopt(3), ZMQ_FD. */
    for (size_t i = 0; i < count; i++)
        items[i] = (struct pollfd){.fd = wires[i]->fd, .events = POLLIN};
    for (size_t i = 0; i < 2; i++)
        items[count + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    *ready = 0;
    if (poll(items, count + 2, timeout_ms) < 0)
        return errno == EINTR ? VF_OK : -errno;
    for (size_t i = 0; i < count + 2; i++)
        *ready |= items[i].revents ? 1U << i : 0;
    return VF_OK;
}
