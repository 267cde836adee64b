/* SPDX-License-Identifier: MIT */
/* lying_disk.c - to be preloaded: a disk that says that all is well. In the folder LYING_DISK, of
 * what each process writes the bytes from LIE_FROM on are not what they were, as many as LIE_SIZE;
 * with LIE_BY_PLACE, those from there on in each file that is written in places. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t written;

static bool is_on_disk(int fd)
{
    char link[64], path[4096];
    const char *disk = getenv("LYING_DISK");
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    return disk && strncmp(path, disk, strlen(disk)) == 0;
}

static size_t number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : 0;
}

/* Returns the bytes as the disk keeps them, in memory to be freed; NULL: as they are. */
static char *spoil(int fd, const void *bytes, size_t size, off_t place)
{
    size_t from = number("LIE_FROM"), to = from + number("LIE_SIZE");
    size_t begin = place >= 0 && getenv("LIE_BY_PLACE") ? (size_t)place : written;
    if (!is_on_disk(fd))
        return NULL;
    written += size;
    if (begin + size <= from || begin >= to)
        return NULL;
    char *spoilt = malloc(size);
    if (!spoilt)
        abort();
    memcpy(spoilt, bytes, size);
    for (size_t i = begin < from ? from - begin : 0; i < size && begin + i < to; i++)
        spoilt[i] = (char)~spoilt[i];
    return spoilt;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    char *spoilt = spoil(fd, bytes, size, -1);
    ssize_t count = syscall(SYS_write, fd, spoilt ? spoilt : bytes, size);
    free(spoilt);
    return count;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t place)
{
    char *spoilt = spoil(fd, bytes, size, place);
    ssize_t count = syscall(SYS_pwrite64, fd, spoilt ? spoilt : bytes, size, place);
    free(spoilt);
    return count;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t place)
{
    return pwrite(fd, bytes, size, place);
}
