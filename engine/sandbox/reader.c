/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/read_all.h"
#include "engine/base/write_all.h"

/* Keeps of all descriptors the streams, which lead nowhere, and `fd`. */
static void leave_descriptors(int fd)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        dup2(nothing, stream);
    if (fd > STDERR_FILENO + 1)
        (void)syscall(SYS_close_range, STDERR_FILENO + 1, fd - 1, 0);
    (void)syscall(SYS_close_range, fd + 1, ~0U, 0);
}

/* What the process does. Does not return. Ends at once: nothing is to be looked for or written on the
 * way out, which it could not do any more. */
static void answer_and_end(const struct vf_reader *reader, int fd)
{
    void *answer = calloc(1, reader->answer_size);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    leave_descriptors(fd);
    if (reader->prepare)
        reader->prepare(reader->context);
    int err = answer ? VF_OK : -ENOMEM;
    if (!err && !reader->is_free)
        err = vf_confine_reader(&reader->confinement);
    if (!err)
        reader->read(reader->context, answer);
    if (vf_write_all(fd, &err, sizeof(err)) < 0 ||
        (!err && vf_write_all(fd, answer, reader->answer_size) < 0))
        _exit(1);
    _exit(0);
}

static int take_answer(const struct vf_reader *reader, int fd, void *answer)
{
    int64_t deadline_ns = vf_clock_now_ns() + reader->longest_ms * VF_NS_PER_MS;
    int said = VF_OK;
    int err = vf_read_all(fd, &said, sizeof(said), deadline_ns);
    if (err)
        return err;
    return said ? (said < 0 ? said : -EPIPE)
                : vf_read_all(fd, answer, reader->answer_size, deadline_ns);
}

int vf_reader_ask(const struct vf_reader *reader, void *answer, int *signal_number)
{
    int ends[2], status = 0;
    *signal_number = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    if (child == 0)
        answer_and_end(reader, ends[1]);
    int err = child < 0 ? -errno : VF_OK;
    close(ends[1]);
    if (!err) {
        err = take_answer(reader, ends[0], answer);
        if (err != -EPIPE)
            kill(child, SIGKILL); /* it has said all it will be heard with, or takes too long */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        if (err == -EPIPE && WIFSIGNALED(status))
            *signal_number = WTERMSIG(status);
    }
    close(ends[0]);
    return err;
}
