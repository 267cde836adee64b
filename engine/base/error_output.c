/* SPDX-License-Identifier: MIT */
#include "engine/base/error_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Long enough for a reader to be given a processor. Whoever has let it pass is not waited for again
 * before it has read something. */
#define MOMENT_MS 20

static _Atomic uint64_t own_count;
static _Atomic(_Atomic uint64_t *) count = &own_count;
static _Atomic uint64_t untold; /* lines that were dropped, which has not been said yet */
static atomic_bool is_unread;   /* the last line found no room */
static atomic_bool is_cut;      /* the last line lacks its end */
static atomic_bool speaks_json;

/* A description of our own, which does not wait although that of the others does. -1: there is
 * none, as for a pipe of another user's. */
static int open_impatient(void)
{
    return open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool has_room(int fd, int wait_ms)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    return poll(&poller, 1, wait_ms) > 0 && poller.revents & POLLOUT;
}

static ssize_t write_to_pipe(const char *bytes, size_t size)
{
    int fd = open_impatient();
    if (fd < 0) /* then it is only likely that there is room still */
        return has_room(STDERR_FILENO, 0) ? write(STDERR_FILENO, bytes, size) : 0;
    ssize_t written = write(fd, bytes, size);
    close(fd);
    return written;
}

/* Writes without waiting. Returns how many bytes that were, or -1 when there is no hope. */
static ssize_t write_some(const char *bytes, size_t size)
{
    struct stat status;
    ssize_t written;
    if (fstat(STDERR_FILENO, &status) != 0)
        return -1;
    if (S_ISSOCK(status.st_mode))
        written = send(STDERR_FILENO, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (S_ISFIFO(status.st_mode) || isatty(STDERR_FILENO))
        written = write_to_pipe(bytes, size);
    else
        written = write(STDERR_FILENO, bytes, size);
    return written < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : written;
}

/* Writes all of it, or gives up when there has been no room for so long. */
static bool write_whole(const char *bytes, size_t size, int wait_ms)
{
    size_t done = 0;
    while (done < size) {
        ssize_t written = write_some(bytes + done, size - done);
        if (written < 0 || (!written && !has_room(STDERR_FILENO, wait_ms)))
            break;
        if (!written)
            wait_ms = wait_ms > 1 ? wait_ms / 2 : 0; /* others take the room away */
        done += (size_t)written;
    }
    if (done)
        atomic_store(&is_cut, done < size);
    return done == size;
}

static uint64_t count_lines(const char *bytes, size_t size)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines;
}

static void drop(uint64_t lines)
{
    atomic_fetch_add(&untold, lines);
    atomic_fetch_add(atomic_load(&count), lines);
}

/* Says what has been dropped so far, before anything else is written. */
static bool catch_up(int wait_ms)
{
    char line[120];
    uint64_t lines = atomic_exchange(&untold, 0);
    bool is_json = atomic_load(&speaks_json);
    if (!lines)
        return true;
    int size = snprintf(
        line, sizeof(line), "%s%s%llu line%s dropped: nobody read them%s\n",
        atomic_load(&is_cut) ? "\n" : "",
        is_json ? "{\"level\":\"warning\",\"message\":\"" : "vflow: ", (unsigned long long)lines,
        lines == 1 ? " was" : "s were", is_json ? "\"}" : "");
    if (write_whole(line, (size_t)size, wait_ms))
        return true;
    atomic_fetch_add(&untold, lines);
    return false;
}

bool vf_error_output_write_patiently(const char *lines, size_t size, int patience_ms)
{
    int wait_ms = atomic_load(&is_unread) ? 0 : patience_ms;
    bool is_written = catch_up(wait_ms) && write_whole(lines, size, wait_ms);
    atomic_store(&is_unread, !is_written);
    if (!is_written)
        drop(count_lines(lines, size));
    return is_written;
}

bool vf_error_output_write(const char *lines, size_t size)
{
    return vf_error_output_write_patiently(lines, size, MOMENT_MS);
}

void vf_error_output_write_passing(const char *text, size_t size)
{
    (void)write_whole(text, size, 0);
}

void vf_error_output_set_json(bool is_json)
{
    atomic_store(&speaks_json, is_json);
}

uint64_t vf_error_output_dropped(void)
{
    return atomic_load(atomic_load(&count));
}

void vf_error_output_count_in(_Atomic uint64_t *counter)
{
    atomic_store(&count, counter);
    atomic_store(&untold, 0); /* the parent reports its own */
}
