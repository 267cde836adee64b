/* SPDX-License-Identifier: MIT */
/* power_cut.c - to be preloaded: a machine that goes off while files are flushed. Of the flushes of
 * files whose paths have "checkpoint" in them, number POWER_CUT, from 1, is the last: the bytes that
 * it would have kept are lost from the middle on, or, where POWER_CUT_AFTER is set, it is done. Then
 * the process and its parent, the supervisor, are killed; or, where POWER_CUT_SIGNAL is set, that
 * signal goes to the supervisor, and nothing else happens. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How much of each file has been flushed. */
static struct {
    ino_t inode;
    off_t size;
} flushed[64];

static off_t *flushed_size(ino_t inode)
{
    size_t i = 0;
    while (i < 63 && flushed[i].inode && flushed[i].inode != inode)
        i++;
    flushed[i].inode = inode;
    return &flushed[i].size;
}

int fsync(int fd)
{
    static long count;
    char link[64], path[4096];
    struct stat status;
    const char *last = getenv("POWER_CUT");
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    if (!last || !strstr(path, "checkpoint") || fstat(fd, &status) != 0)
        return (int)syscall(SYS_fsync, fd);
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    off_t *size = flushed_size(status.st_ino);
    if (strncmp(name, "vflow:", 6) != 0 || ++count < atol(last)) { /* a worker's count */
        *size = status.st_size;
        return (int)syscall(SYS_fsync, fd);
    }
    if (getenv("POWER_CUT_SIGNAL")) {
        if (count == atol(last))
            kill(getppid(), atoi(getenv("POWER_CUT_SIGNAL")));
        return (int)syscall(SYS_fsync, fd);
    }
    if (!getenv("POWER_CUT_AFTER"))
        (void)!ftruncate(fd, *size + (status.st_size - *size) / 2);
    kill(getppid(), SIGKILL);
    raise(SIGKILL);
    return -1;
}
