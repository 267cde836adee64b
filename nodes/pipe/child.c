/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

#define PIPE_SIZE (1 << 20) /* bytes; less is what the system allows */
#define MOMENT_NS \
    VF_NS_PER_S /* for a program without input to end, and for one that was asked to */
#define NAP_NS (VF_NS_PER_MS) /* between two looks, where there is no pidfd */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Makes a pipe of which `own` is ours and does not wait. */
static int make_pipe(int *own, int *given, bool is_written)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    *own = ends[is_written];
    *given = ends[!is_written];
    (void)fcntl(*own, F_SETPIPE_SZ, PIPE_SIZE); /* else it is slower */
    return fcntl(*own, F_SETFL, O_NONBLOCK) != 0 ? -errno : VF_OK;
}

static int run_program(struct vf_pipe_child *child, const char *const *words, const int given[3])
{
    struct vf_guest_descriptor descriptors[3];
    size_t count = 0;
    for (int i = 0; i < 3; i++) {
        if (given[i] >= 0)
            descriptors[count++] = (struct vf_guest_descriptor){given[i], i};
    }
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = count};
    return vf_guest_start(&child->guest, &settings);
}

int vf_pipe_child_start(struct vf_pipe_child *child, const char *const *words, bool is_written,
                        bool is_read)
{
    int in = -1, out = -1, lines = -1;
    *child = VF_PIPE_CHILD_NONE;
    child->watch = epoll_create1(EPOLL_CLOEXEC);
    int err = child->watch < 0 ? -errno : vf_guest_lines_create(&child->lines, &lines);
    if (!err && is_written)
        err = make_pipe(&child->in, &in, true);
    if (!err && is_read)
        err = make_pipe(&child->out, &out, false);
    if (!err)
        err = run_program(child, words, (const int[]){in, is_read ? out : lines, lines});
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start %s: %s", words[0], strerror(-err));
    if (child->lines)
        vf_guest_lines_started(child->lines);
    close_fd(&in);
    close_fd(&out);
    return err;
}

int vf_pipe_child_hear(struct vf_pipe_child *child, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    if (child->heard >= 0)
        (void)epoll_ctl(child->watch, EPOLL_CTL_DEL, child->heard, NULL);
    child->heard = fd;
    return fd >= 0 && epoll_ctl(child->watch, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : VF_OK;
}

/* It is taken out, and not only silenced: that its other end is closed would be told all the same. */
int vf_pipe_child_watch_in(struct vf_pipe_child *child, bool is_watched)
{
    struct epoll_event event = {.events = EPOLLOUT};
    if (child->in < 0 || is_watched == child->is_in_watched)
        return VF_OK;
    child->is_in_watched = is_watched;
    int operation = is_watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
    return epoll_ctl(child->watch, operation, child->in, &event) != 0 ? -errno : VF_OK;
}

bool vf_pipe_child_has_unread(const struct vf_pipe_child *child)
{
    int unread = 0;
    return child->in >= 0 && ioctl(child->in, FIONREAD, &unread) == 0 && unread > 0;
}

void vf_pipe_child_close_in(struct vf_pipe_child *child)
{
    close_fd(&child->in);
    child->is_in_watched = false;
}

/* Waits for the end of the program for a moment. Returns whether it has come. */
static bool await_end(struct vf_pipe_child *child)
{
    int64_t deadline_ns = vf_clock_now_ns() + MOMENT_NS, left_ns = MOMENT_NS;
    int wait_status;
    while (!vf_guest_collect(&child->guest, &wait_status)) {
        struct pollfd end = {.fd = child->guest.pidfd, .events = POLLIN};
        int64_t nap_ns = child->guest.pidfd < 0 && left_ns > NAP_NS ? NAP_NS : left_ns;
        struct timespec nap = {.tv_sec = (time_t)(nap_ns / VF_NS_PER_S),
                               .tv_nsec = (long)(nap_ns % VF_NS_PER_S)};
        if (left_ns <= 0)
            return false;
        (void)ppoll(&end, child->guest.pidfd >= 0, &nap, NULL);
        left_ns = deadline_ns - vf_clock_now_ns();
    }
    return true;
}

void vf_pipe_child_end(struct vf_pipe_child *child, bool is_hasty)
{
    vf_pipe_child_close_in(child);
    close_fd(&child->out);
    if (child->guest.pid && (is_hasty || !await_end(child))) {
        kill(child->guest.pid, SIGTERM); /* not collected yet: the id is its own */
        if (!await_end(child))
            (void)vf_guest_await(&child->guest, 0);
    }
    vf_guest_lines_destroy(&child->lines);
    close_fd(&child->watch);
    *child = VF_PIPE_CHILD_NONE;
}
