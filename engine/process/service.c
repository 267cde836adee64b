/* SPDX-License-Identifier: MIT */
#include "engine/process/service.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/clock.h"

#define MESSAGE_SIZE 1024

/* Returns a socket that is connected to the manager's; -1: there is none. */
static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0'; /* an abstract name */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The watchdog may be meant for another process. */
static int64_t watchdog_ns(void)
{
    const char *pid = getenv("WATCHDOG_PID"), *limit = getenv("WATCHDOG_USEC");
    if (!limit || (pid && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    long long limit_us = strtoll(limit, NULL, 10);
    return limit_us > 0 && limit_us < INT64_MAX / VF_NS_PER_US ? limit_us * VF_NS_PER_US / 2 : 0;
}

void vf_service_open(struct vf_service *service)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *service = (struct vf_service){.fd = name ? connect_to(name) : -1};
    if (service->fd >= 0)
        service->watchdog_ns = watchdog_ns();
}

void vf_service_close(struct vf_service *service)
{
    if (service->fd >= 0)
        close(service->fd);
    service->fd = -1;
}

void vf_service_tell(const struct vf_service *service, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    if (service->fd < 0)
        return;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    size_t size = length < MESSAGE_SIZE ? (size_t)length : MESSAGE_SIZE - 1;
    (void)send(service->fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void vf_service_show_life(struct vf_service *service, int64_t now_ns)
{
    if (!service->watchdog_ns || now_ns - service->alive_ns < service->watchdog_ns / 2)
        return;
    service->alive_ns = now_ns;
    vf_service_tell(service, "WATCHDOG=1");
}
