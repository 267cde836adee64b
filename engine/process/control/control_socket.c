/* SPDX-License-Identifier: MIT */
#include "engine/process/control/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Fills in the address of a file in a folder. The descriptor *folder, which is the caller's to
 * close, has to stay open for as long as the address is used. */
static int find(const char *path, const char *name, int *folder, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    *folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0)
        return -errno;
    int length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", path, name);
    if (length >= (int)sizeof(address->sun_path))
        length = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s",
                          *folder, name);
    return length < (int)sizeof(address->sun_path) ? VF_OK : -ENAMETOOLONG;
}

static int listen_at(int fd, int folder, const char *name, const struct sockaddr_un *address,
                     int backlog)
{
    mode_t mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    umask(mask);
    if (bound != 0)
        return -errno;
    (void)fchmodat(folder, name, S_IRUSR | S_IWUSR, 0); /* whatever the umask of the file system */
    return listen(fd, backlog) == 0 ? VF_OK : -errno;
}

int vf_control_socket_listen(const char *folder, const char *name, int backlog)
{
    struct sockaddr_un address;
    int place, fd = -1;
    int err = find(folder, name, &place, &address);
    if (!err && (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        err = -errno;
    if (!err)
        err = listen_at(fd, place, name, &address, backlog);
    if (place >= 0)
        close(place);
    if (err && fd >= 0)
        close(fd);
    return err ? err : fd;
}

int vf_control_socket_accept(int listener)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == geteuid() || peer.uid == 0))
        return fd;
    close(fd);
    return -EPERM;
}

int vf_control_socket_connect(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int place, fd = -1;
    int err = find(folder, name, &place, &address);
    if (!err && (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        err = -errno;
    if (!err && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        err = -errno;
    if (!err && fcntl(fd, F_SETFL, 0) != 0)
        err = -errno;
    if (place >= 0)
        close(place);
    if (err && fd >= 0)
        close(fd);
    return err ? err : fd;
}
