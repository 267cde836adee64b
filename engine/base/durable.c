/* SPDX-License-Identifier: MIT */
#include "engine/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LONG_AGO_S 86400 /* what has not changed since is on the disk without being told */
#define MOST_FOLDERS 64

int vf_durable_bytes(int fd)
{
    int err = fsync(fd) == 0 ? VF_OK : -errno;
    bool is_impossible = err == -EINVAL || err == -EROFS || err == -ENOTSUP || err == -ENOSYS;
    return is_impossible ? VF_OK : err;
}

/* Has one folder on the disk. *is_new says whether its own name may not be there yet. */
static int sync_folder(int folder, struct stat *status, bool *is_new)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fstat(folder, status) == 0 ? VF_OK : -errno;
    *is_new = !err && status->st_ctim.tv_sec > time(NULL) - LONG_AGO_S;
    if (fd < 0 && errno == EACCES)
        sync(); /* it takes names, and does not show them: all that there is has to do */
    else if (fd < 0)
        return -errno;
    if (!err && fd >= 0)
        err = vf_durable_bytes(fd);
    if (fd >= 0)
        close(fd);
    return err;
}

int vf_durable_names(int folder)
{
    struct stat status, below = {0};
    bool is_new = true;
    int fd = fcntl(folder, F_DUPFD_CLOEXEC, 0), err = fd < 0 ? -errno : VF_OK;
    for (int i = 0; i < MOST_FOLDERS && is_new && !err; i++) {
        err = sync_folder(fd, &status, &is_new);
        bool is_root = i && status.st_dev == below.st_dev && status.st_ino == below.st_ino;
        if (err || !is_new || is_root)
            break;
        below = status;
        int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (above < 0)
            break; /* nobody here can have made a name in it */
        close(fd);
        fd = above;
    }
    if (fd >= 0)
        close(fd);
    return err;
}

int vf_durable_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd = folder ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    int err = !folder ? -ENOMEM : fd < 0 ? -errno : vf_durable_names(fd);
    if (fd >= 0)
        close(fd);
    free(folder);
    return err;
}

int vf_durable_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int err = fd < 0 ? -errno : vf_durable_bytes(fd);
    if (fd >= 0)
        close(fd);
    return err ? err : vf_durable_name(path);
}
