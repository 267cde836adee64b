/* SPDX-License-Identifier: MIT */
/* listener.h - the socket at which a run can be looked at by HTTP, wherever it is asked for. */
#ifndef VF_ENGINE_PROCESS_LISTENER_H
#define VF_ENGINE_PROCESS_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Closed: {.fd = -1}. */
struct vf_listener {
    int fd;
    char host[256]; /* as it was asked for; "" of a path */
    int port;       /* that it has; 0 of a path */
    char *path;     /* of a Unix socket, which is removed with it; NULL: it is none */
    bool is_local;  /* only programs of this machine reach it */
};

/* Listens at `address`: "8080" or ":8080" on 127.0.0.1, "HOST:8080", "[::1]:8080" (port 0: any that is
 * free), or "unix:PATH", which its owner alone may use. A socket that is left there by a process that
 * is gone is replaced. Returns a negative errno with one line in `problem`. */
VF_MUST_CHECK int vf_listener_open(struct vf_listener *listener, const char *address, char *problem,
                                   size_t problem_size);

/* Closes it, and removes its file. Does nothing when it is closed. */
void vf_listener_close(struct vf_listener *listener);

#endif
