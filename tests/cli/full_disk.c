/* SPDX-License-Identifier: MIT */
/* full_disk.c - to be preloaded: a folder, FULL_DISK, in which each process can write 40 kB, and no
 * more. For machines where a test cannot mount a small disk. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM 40000

static atomic_size_t used;

static bool is_on_disk(int fd)
{
    char link[64], path[4096];
    const char *disk = getenv("FULL_DISK");
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    return disk && strncmp(path, disk, strlen(disk)) == 0;
}

static bool has_room(int fd, size_t size)
{
    if (!is_on_disk(fd) || atomic_fetch_add(&used, size) + size <= ROOM)
        return true;
    errno = ENOSPC;
    return false;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return has_room(fd, size) ? syscall(SYS_write, fd, bytes, size) : -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t place)
{
    return has_room(fd, size) ? syscall(SYS_pwrite64, fd, bytes, size, place) : -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t place)
{
    return has_room(fd, size) ? syscall(SYS_pwrite64, fd, bytes, size, place) : -1;
}
