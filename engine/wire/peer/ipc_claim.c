/* SPDX-License-Identifier: MIT */
#include "engine/wire/peer/ipc_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/text.h"

struct vf_ipc_claim {
    char *path, *lock_path;
    int fd; /* of the lock's file */
};

/* Whether the open file still has its name: who gave the lock up has removed the file. */
static bool is_current(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static int lock(struct vf_ipc_claim *claim)
{
    for (;;) {
        claim->fd = open(claim->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (claim->fd < 0)
            return -errno;
        if (flock(claim->fd, LOCK_EX | LOCK_NB) < 0)
            return errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
        if (is_current(claim->fd, claim->lock_path))
            return VF_OK;
        close(claim->fd);
    }
}

/* Looks whether a program that knows nothing of the lock listens at the file. */
static int probe(const char *path)
{
    struct stat status;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (lstat(path, &status) < 0)
        return errno == ENOENT ? VF_OK : -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EEXIST;
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int err = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : VF_OK;
    close(fd);
    return err == -ECONNREFUSED || err == -ENOENT ? VF_OK : -EADDRINUSE;
}

static void release(struct vf_ipc_claim *claim)
{
    if (claim->fd >= 0)
        close(claim->fd);
    free(claim->path);
    free(claim->lock_path);
    free(claim);
}

int vf_ipc_claim_create(struct vf_ipc_claim **claim, const char *endpoint)
{
    const char *path = endpoint + strlen("ipc://");
    *claim = NULL;
    if (strncmp(endpoint, "ipc://", strlen("ipc://")) != 0 || path[0] == '@' || path[0] == '*')
        return VF_OK;
    struct vf_ipc_claim *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->fd = -1;
    made->path = strdup(path);
    made->lock_path = vf_text_format("%s.lock", path);
    int err = made->path && made->lock_path ? lock(made) : -ENOMEM;
    bool is_locked = !err;
    if (!err)
        err = probe(path);
    if (!err) {
        *claim = made;
        return VF_OK;
    }
    if (is_locked)
        unlink(made->lock_path);
    release(made);
    return err;
}

void vf_ipc_claim_destroy(struct vf_ipc_claim **claim)
{
    if (!*claim)
        return;
    unlink((*claim)->path);
    unlink((*claim)->lock_path);
    release(*claim);
    *claim = NULL;
}
