/* SPDX-License-Identifier: MIT */
/* stop_request.h - asks tasks to stop, through their termination sockets. */
#ifndef VF_ENGINE_PROCESS_STOP_REQUEST_H
#define VF_ENGINE_PROCESS_STOP_REQUEST_H

#include <stddef.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/edge/messenger.h"
#include "engine/wire/wire.h"

/* Sends one request to each of `count` tasks whose sockets are at `address`. Waits until they
 * have left, a second at most. Makes a ZeroMQ context of its own. */
VF_MUST_CHECK int vf_stop_request_send(const struct vf_address *address, const unsigned *tasks,
                                       size_t count, enum vf_stop_level level);

/* The same from a short-lived child, since a supervisor has no ZeroMQ context. Returns the
 * child, for the caller to wait for, or a negative errno. */
VF_MUST_CHECK pid_t vf_stop_request_fork(const struct vf_address *address, const unsigned *tasks,
                                         size_t count, enum vf_stop_level level);

#endif
