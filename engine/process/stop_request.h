/* SPDX-License-Identifier: MIT */
/* stop_request.h - asks tasks to stop from outside, through their termination sockets.
 *
 * For programs that are not the supervisor of the run, which needs no socket for it
 * (run/memory.h), and only where the tasks have sockets: over ipc and tcp.
 */
#ifndef VF_ENGINE_PROCESS_STOP_REQUEST_H
#define VF_ENGINE_PROCESS_STOP_REQUEST_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/edge/messenger.h"
#include "engine/wire/wire.h"

/* Sends one request to each of `count` tasks whose sockets are at `address`. Waits until they
 * have left, a second at most. Makes a ZeroMQ context of its own. */
VF_MUST_CHECK int vf_stop_request_send(const struct vf_address *address, const unsigned *tasks,
                                       size_t count, enum vf_stop_level level);

#endif
