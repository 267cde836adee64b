/* SPDX-License-Identifier: MIT */
#include "nodes/record/stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/node/node.h"

#define SIGN_OF_LIFE_MS 200

int vf_stream_init(struct vf_stream *stream, int fd)
{
    struct stat status;
    signal(SIGPIPE, SIG_IGN);
    if (fstat(fd, &status) < 0)
        return -errno;
    *stream = (struct vf_stream){.fd = fd, .is_hasty = !S_ISREG(status.st_mode)};
    return VF_OK;
}

/* Somebody may read slowly, or page by page: to wait for them is no reason to count as stuck. */
static int wait_for_room(const struct vf_stream *stream, struct vf_node_run *run)
{
    struct pollfd output = {.fd = stream->fd, .events = POLLOUT};
    int ready = 0;
    while (ready == 0) {
        (void)vf_node_stop_requested(run); /* a sign of life */
        ready = poll(&output, 1, SIGN_OF_LIFE_MS);
        if (ready < 0 && errno == EINTR)
            ready = 0;
    }
    return ready < 0 ? -errno : VF_OK;
}

int vf_stream_write(const struct vf_stream *stream, struct vf_node_run *run, const char *bytes,
                    size_t size)
{
    while (size > 0) {
        int waited = stream->is_hasty ? wait_for_room(stream, run) : VF_OK;
        size_t piece = stream->is_hasty && size > PIPE_BUF ? PIPE_BUF : size;
        if (waited)
            return waited;
        ssize_t written = write(stream->fd, bytes, piece);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            int err = wait_for_room(stream, run);
            if (err)
                return err;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return VF_OK;
}
