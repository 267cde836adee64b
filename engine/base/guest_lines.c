/* SPDX-License-Identifier: MIT */
#include "engine/base/guest_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/log.h"

#define LONGEST_LINE 3072 /* bytes; what is longer becomes several lines */

struct vf_guest_lines {
    int input, given; /* both ends of the pipe */
    int stop;         /* eventfd: read what is there, and no more */
    pthread_t thread;
    bool has_thread;
    char line[LONGEST_LINE + 1];
    size_t length; /* of the line that has not ended */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void end_line(struct vf_guest_lines *lines)
{
    size_t length = lines->length;
    if (length && lines->line[length - 1] == '\r')
        length--;
    lines->line[length] = '\0';
    lines->length = 0;
    if (length)
        vf_log_say("%s", lines->line);
}

static void add(struct vf_guest_lines *lines, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != '\n' && bytes[i])
            lines->line[lines->length++] = bytes[i];
        if (bytes[i] == '\n' || lines->length == LONGEST_LINE)
            end_line(lines);
    }
}

/* Reads what there is. Returns false at the end of the pipe. */
static bool read_some(struct vf_guest_lines *lines)
{
    char bytes[4096];
    ssize_t size = read(lines->input, bytes, sizeof(bytes));
    if (size > 0)
        add(lines, bytes, (size_t)size);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static void *read_all(void *context)
{
    struct vf_guest_lines *lines = context;
    struct pollfd fds[] = {{.fd = lines->input, .events = POLLIN},
                           {.fd = lines->stop, .events = POLLIN}};
    bool goes_on = true;
    while (goes_on) {
        int count = poll(fds, 2, -1);
        if (count < 0 && errno != EINTR)
            break;
        if (count > 0 && fds[0].revents)
            goes_on = read_some(lines);
        else if (count > 0)
            goes_on = false; /* nothing is there, and nothing more is wanted */
    }
    end_line(lines);
    return NULL;
}

/* The thread leaves all signals to the one that has started it. */
static int start_thread(struct vf_guest_lines *lines)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int err = pthread_create(&lines->thread, NULL, read_all, lines);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    lines->has_thread = err == 0;
    return -err;
}

int vf_guest_lines_create(struct vf_guest_lines **lines, int *given)
{
    int ends[2] = {-1, -1};
    struct vf_guest_lines *made = calloc(1, sizeof(*made));
    *lines = made;
    if (!made)
        return -ENOMEM;
    made->input = made->given = -1;
    made->stop = eventfd(0, EFD_CLOEXEC);
    int err = made->stop < 0 || pipe2(ends, O_CLOEXEC) != 0 ? -errno : VF_OK;
    made->input = ends[0];
    *given = made->given = ends[1];
    /* Only this end: a program does not expect that its standard error has no room. */
    if (!err && fcntl(made->input, F_SETFL, O_NONBLOCK) != 0)
        err = -errno;
    if (!err)
        err = start_thread(made);
    if (err)
        vf_guest_lines_destroy(lines);
    return err;
}

void vf_guest_lines_started(struct vf_guest_lines *lines)
{
    close_fd(&lines->given);
}

void vf_guest_lines_destroy(struct vf_guest_lines **lines)
{
    struct vf_guest_lines *gone = *lines;
    uint64_t one = 1;
    if (!gone)
        return;
    close_fd(&gone->given);
    if (gone->has_thread) {
        ssize_t written = write(gone->stop, &one, sizeof(one));
        (void)written; /* fails only when it is set already */
        pthread_join(gone->thread, NULL);
    }
    close_fd(&gone->input);
    close_fd(&gone->stop);
    free(gone);
    *lines = NULL;
}
