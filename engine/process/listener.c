/* SPDX-License-Identifier: MIT */
#include "engine/process/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64
#define UNIX "unix:"
#define USUAL_HOST "127.0.0.1"

static int refuse(char *problem, size_t problem_size, int err, const char *address)
{
    snprintf(problem, problem_size, "cannot listen at %s: %s%s", address, strerror(-err),
             err == -EADDRINUSE      ? "; port 0 takes one that is free"
             : err == -EACCES        ? "; ports below 1024 are for root"
             : err == -EADDRNOTAVAIL ? "; this machine has no such address"
                                     : "");
    return err;
}

/* Whether a socket's file was left by a process that is gone. */
static bool is_stale(const struct sockaddr_un *place)
{
    struct stat status;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_gone = fd >= 0 && lstat(place->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
                   connect(fd, (const struct sockaddr *)place, sizeof(*place)) != 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return is_gone;
}

static int bind_path(int fd, const struct sockaddr_un *place)
{
    mode_t mask = umask(S_IXUSR | S_IRWXG | S_IRWXO);
    int bound = bind(fd, (const struct sockaddr *)place, sizeof(*place));
    if (bound != 0 && errno == EADDRINUSE && is_stale(place) && unlink(place->sun_path) == 0)
        bound = bind(fd, (const struct sockaddr *)place, sizeof(*place));
    int err = bound == 0 ? VF_OK : -errno;
    umask(mask);
    return err;
}

static int open_path(struct vf_listener *listener, const char *path)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof(place.sun_path))
        return *path ? -ENAMETOOLONG : -EINVAL;
    memcpy(place.sun_path, path, strlen(path) + 1);
    listener->path = strdup(path);
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!listener->path || listener->fd < 0)
        return listener->path ? -errno : -ENOMEM;
    int err = bind_path(listener->fd, &place);
    if (err) { /* what is there is not ours to remove */
        free(listener->path);
        listener->path = NULL;
        return err;
    }
    listener->is_local = true;
    return listen(listener->fd, BACKLOG) == 0 ? VF_OK : -errno;
}

/* Takes "HOST:PORT" apart; the host may be missing. */
static int split(const char *address, char *host, size_t host_size, const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? (size_t)(colon - address) : 0;
    const char *from = address;
    if (length >= 2 && address[0] == '[' && address[length - 1] == ']') {
        from++;
        length -= 2;
    } else if (length && memchr(address, ':', length)) {
        return -EINVAL; /* an IPv6 address without brackets */
    }
    *port = colon ? colon + 1 : address;
    snprintf(host, host_size, "%.*s", length ? (int)length : (int)strlen(USUAL_HOST),
             length ? from : USUAL_HOST);
    bool is_number = **port && strspn(*port, "0123456789") == strlen(*port) && strlen(*port) <= 5;
    return is_number && length < host_size && strtol(*port, NULL, 10) <= UINT16_MAX ? VF_OK
                                                                                    : -EINVAL;
}

static bool is_loopback(const struct sockaddr *address)
{
    const struct sockaddr_in *four = (const void *)address;
    const struct sockaddr_in6 *six = (const void *)address;
    if (address->sa_family == AF_INET)
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static int open_at(struct vf_listener *listener, const struct addrinfo *place)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } own = {.six.sin6_port = 0};
    socklen_t size = sizeof(own);
    int yes = 1;
    listener->fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return -errno;
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listener->fd, place->ai_addr, place->ai_addrlen) != 0 ||
        listen(listener->fd, BACKLOG) != 0 || getsockname(listener->fd, &own.any, &size) != 0)
        return -errno;
    listener->port = ntohs(own.any.sa_family == AF_INET6 ? own.six.sin6_port : own.four.sin_port);
    listener->is_local = is_loopback(place->ai_addr);
    return VF_OK;
}

static int open_port(struct vf_listener *listener, const char *address, char *problem,
                     size_t problem_size)
{
    const struct addrinfo wish = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    const char *port;
    int err = split(address, listener->host, sizeof(listener->host), &port);
    if (err) {
        snprintf(problem, problem_size,
                 "\"%s\" is no address to listen at; write 127.0.0.1:8080, [::1]:8080 or "
                 "unix:/run/flow.sock",
                 address);
        return err;
    }
    int code = getaddrinfo(listener->host, port, &wish, &found);
    if (code != 0) {
        snprintf(problem, problem_size, "cannot listen at %s: %s", address, gai_strerror(code));
        return -EHOSTUNREACH;
    }
    err = open_at(listener, found);
    freeaddrinfo(found);
    return err ? refuse(problem, problem_size, err, address) : VF_OK;
}

int vf_listener_open(struct vf_listener *listener, const char *address, char *problem,
                     size_t problem_size)
{
    int err;
    *listener = (struct vf_listener){.fd = -1};
    if (strncmp(address, UNIX, strlen(UNIX)) == 0) {
        err = open_path(listener, address + strlen(UNIX));
        if (err)
            (void)refuse(problem, problem_size, err, address);
    } else {
        err = open_port(listener, address, problem, problem_size);
    }
    if (err)
        vf_listener_close(listener);
    return err;
}

void vf_listener_close(struct vf_listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->path)
        unlink(listener->path);
    free(listener->path);
    *listener = (struct vf_listener){.fd = -1};
}
