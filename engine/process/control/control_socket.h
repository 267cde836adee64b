/* SPDX-License-Identifier: MIT */
/* control_socket.h - stream sockets that have a file, wherever that is.
 *
 * The address of such a socket has room for 107 bytes only. So a longer path is reached by way of
 * /proc/self/fd.
 */
#ifndef VF_ENGINE_PROCESS_CONTROL_CONTROL_SOCKET_H
#define VF_ENGINE_PROCESS_CONTROL_CONTROL_SOCKET_H

#include "engine/base/result.h"

/* Each returns a descriptor of the caller's, closed in programs that are executed, or a negative
 * errno. */

/* Makes the socket `name` in `folder`, which its owner alone may use. It does not wait. */
VF_MUST_CHECK int vf_control_socket_listen(const char *folder, const char *name, int backlog);

/* Takes the next connection, which does not wait. Returns -EPERM, and nothing is left of it, where
 * it comes from another user. */
VF_MUST_CHECK int vf_control_socket_accept(int listener);

/* Connects to such a socket. -ECONNREFUSED, -ENOENT: nobody listens any more; -EAGAIN: too many
 * wait for it. It waits when it is read. */
VF_MUST_CHECK int vf_control_socket_connect(const char *folder, const char *name);

#endif
