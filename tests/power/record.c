/* SPDX-License-Identifier: MIT */
/* record.c - to be preloaded: notes in the file POWER_LOG whatever a program does to files and folders
 * below POWER_ROOT, in the order in which it is done, over all processes and threads. replay.py reads
 * it, and cuts the power.
 *
 * A lock on the log is held from before a call until it is noted. What a program does without these
 * functions, as by stdio or memory that is mapped, is not seen: replay.py compares what it knows in
 * the end with what is there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What stands before the paths and bytes of an entry. replay.py has the same. */
struct entry {
    uint32_t kind, first_length, second_length, size;
    uint64_t inode;
    int64_t place, modified_ns;
};

enum kind {
    CREATE = 'c',   /* a file, by its path */
    WRITE = 'w',    /* bytes, at a place */
    TRUNCATE = 't', /* to the length `place` */
    RENAME = 'r',   /* from the first path to the second */
    LINK = 'l',     /* the second path is another name of the first */
    UNLINK = 'u',
    FOLDER = 'm',
    SYNC = 's', /* a file or a folder */
    SYNC_ALL = 'a',
};

static const char *root(void)
{
    const char *path = getenv("POWER_ROOT");
    return path && getenv("POWER_LOG") ? path : NULL;
}

static bool is_below(const char *path)
{
    size_t length = root() ? strlen(root()) : 0;
    return length && strncmp(path, root(), length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

/* Takes the log, and with it the right to change something. */
static int take(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!root())
        return -1;
    int log = (int)syscall(SYS_openat, AT_FDCWD, getenv("POWER_LOG"),
                           O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    while (log >= 0 && fcntl(log, F_OFD_SETLKW, &whole) != 0)
        ;
    return log;
}

/* The same for what is done to an open file; nothing for a pipe, a doorbell, and the like. */
static int take_for(int fd)
{
    struct stat status;
    int err = errno;
    bool is_file =
        root() && fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
    errno = err;
    return is_file ? take() : -1;
}

static void give_back(int log)
{
    int err = errno;
    if (log >= 0)
        syscall(SYS_close, log);
    errno = err;
}

/* Where a name is: that of a folder and one in it. */
static bool find(char path[PATH_MAX], int folder, const char *name)
{
    char link[64], base[PATH_MAX] = "", real[PATH_MAX];
    const char *slash = strrchr(name, '/');
    if (name[0] != '/') {
        snprintf(link, sizeof(link), folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d",
                 folder);
        ssize_t length = readlink(link, base, sizeof(base) - 1);
        base[length > 0 ? length : 0] = '\0';
    }
    if (snprintf(path, PATH_MAX, "%s%s%.*s", base, name[0] == '/' ? "" : "/",
                 slash ? (int)(slash - name) + 1 : 0, name) >= PATH_MAX)
        return false;
    const char *last = slash ? slash + 1 : name;
    if (!realpath(path, real))
        return false;
    return snprintf(path, PATH_MAX, "%s/%s", real, last) < PATH_MAX && is_below(path);
}

static bool find_open(char path[PATH_MAX], int fd)
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    return is_below(path);
}

static void note(int log, struct entry entry, const char *first, const char *second,
                 const void *bytes)
{
    entry.first_length = (uint32_t)strlen(first);
    entry.second_length = (uint32_t)strlen(second);
    const struct iovec parts[] = {{&entry, sizeof(entry)},
                                  {(void *)(uintptr_t)first, entry.first_length},
                                  {(void *)(uintptr_t)second, entry.second_length},
                                  {(void *)(uintptr_t)bytes, entry.size}};
    size_t size = sizeof(entry) + entry.first_length + entry.second_length + entry.size;
    int err = errno;
    if (syscall(SYS_writev, log, parts, 4) != (long)size)
        abort();
    errno = err;
}

static int64_t modified(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

static void note_file(int log, enum kind kind, int fd, const void *bytes, size_t size,
                      int64_t place)
{
    char path[PATH_MAX];
    struct stat status;
    if (!find_open(path, fd) || fstat(fd, &status) != 0 ||
        (!S_ISREG(status.st_mode) && kind != SYNC))
        return;
    note(log,
         (struct entry){.kind = kind,
                        .size = (uint32_t)size,
                        .inode = status.st_ino,
                        .place = place,
                        .modified_ns = modified(&status)},
         path, "", bytes);
}

static void note_name(int log, enum kind kind, const char *first, const char *second)
{
    struct stat status = {0};
    (void)!lstat(*second ? second : first, &status);
    note(log,
         (struct entry){.kind = kind, .inode = status.st_ino, .modified_ns = modified(&status)},
         first, second, NULL);
}

static int open_at(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    struct stat status;
    bool may_change = flags & (O_CREAT | O_TRUNC) && (flags & O_TMPFILE) != O_TMPFILE;
    int log = may_change ? take() : -1;
    bool is_ours = log >= 0 && find(path, folder, name), is_there = false;
    if (is_ours)
        is_there = stat(path, &status) == 0;
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (fd >= 0 && is_ours && !is_there)
        note_name(log, CREATE, path, "");
    if (fd >= 0 && is_ours && is_there && flags & O_TRUNC)
        note_file(log, TRUNCATE, fd, NULL, 0, 0);
    give_back(log);
    return fd;
}

#define OPEN(NAME, FOLDER, PARAMETERS)             \
    int NAME PARAMETERS                            \
    {                                              \
        va_list rest;                              \
        va_start(rest, flags);                     \
        mode_t mode = va_arg(rest, mode_t);        \
        va_end(rest);                              \
        return open_at(FOLDER, name, flags, mode); \
    }

OPEN(open, AT_FDCWD, (const char *name, int flags, ...))
OPEN(open64, AT_FDCWD, (const char *name, int flags, ...))
OPEN(openat, folder, (int folder, const char *name, int flags, ...))
OPEN(openat64, folder, (int folder, const char *name, int flags, ...))

ssize_t write(int fd, const void *bytes, size_t size)
{
    int log = take_for(fd);
    ssize_t count = syscall(SYS_write, fd, bytes, size);
    if (log >= 0 && count > 0) {
        int err = errno;
        note_file(log, WRITE, fd, bytes, (size_t)count, lseek(fd, 0, SEEK_CUR) - count);
        errno = err;
    }
    give_back(log);
    return count;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t place)
{
    int log = take_for(fd);
    ssize_t count = syscall(SYS_pwrite64, fd, bytes, size, place);
    if (log >= 0 && count > 0)
        note_file(log, WRITE, fd, bytes, (size_t)count, place);
    give_back(log);
    return count;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t place)
{
    return pwrite(fd, bytes, size, place);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (done < 0)
            return all ? all : done;
        all += done;
        if ((size_t)done < parts[i].iov_len)
            break;
    }
    return all;
}

int ftruncate(int fd, off_t length)
{
    int log = take_for(fd), result = (int)syscall(SYS_ftruncate, fd, length);
    if (log >= 0 && result == 0)
        note_file(log, TRUNCATE, fd, NULL, 0, length);
    give_back(log);
    return result;
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    char first[PATH_MAX], second[PATH_MAX];
    int log = take();
    bool is_ours = log >= 0 && find(first, from, old) && find(second, to, new);
    int result = (int)syscall(SYS_renameat2, from, old, to, new, flags);
    if (is_ours && result == 0)
        note_name(log, RENAME, first, second);
    give_back(log);
    return result;
}

int renameat(int from, const char *old, int to, const char *new)
{
    return renameat2(from, old, to, new, 0);
}

int rename(const char *old, const char *new)
{
    return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    char first[PATH_MAX], second[PATH_MAX];
    int log = take();
    bool is_ours = log >= 0 && find(second, to, new);
    int result = (int)syscall(SYS_linkat, from, old, to, new, flags);
    if (is_ours && result == 0)
        note_name(log, LINK, find(first, from, old) ? first : "", second);
    give_back(log);
    return result;
}

int link(const char *old, const char *new)
{
    return linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    int log = take();
    bool is_ours = log >= 0 && find(path, folder, name);
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (is_ours && result == 0)
        note_name(log, UNLINK, path, "");
    give_back(log);
    return result;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    int log = take();
    bool is_ours = log >= 0 && find(path, folder, name);
    int result = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (is_ours && result == 0)
        note_name(log, FOLDER, path, "");
    give_back(log);
    return result;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

static int sync_by(long call, int fd)
{
    int log = take_for(fd), result = (int)syscall(call, fd);
    if (log >= 0 && result == 0)
        note_file(log, SYNC, fd, NULL, 0, 0);
    give_back(log);
    return result;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

static int sync_all(int fd)
{
    int log = take(), result = fd < 0 ? (int)syscall(SYS_sync) : (int)syscall(SYS_syncfs, fd);
    if (log >= 0)
        note_name(log, SYNC_ALL, root(), "");
    give_back(log);
    return result;
}

void sync(void)
{
    (void)sync_all(-1);
}

int syncfs(int fd)
{
    return sync_all(fd);
}
