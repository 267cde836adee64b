/* SPDX-License-Identifier: MIT */
/* parts.h - ZeroMQ messages of several parts, on any libzmq socket.
 *
 * A message travels as a whole: either all its parts arrive, or none. So only the first part can
 * be refused for want of room or be waited for.
 */
#ifndef VF_ENGINE_WIRE_PEER_PARTS_H
#define VF_ENGINE_WIRE_PEER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Flags, with the values of ZMQ_DONTWAIT and ZMQ_SNDMORE. */
enum vf_part_flags {
    VF_PARTS_DONT_WAIT = 1, /* -EAGAIN instead of waiting */
    VF_PARTS_MORE = 2,      /* the caller will send further parts of the same message */
};

/* One part to be sent. Without `release` the bytes are copied. */
struct vf_part {
    const void *bytes;
    size_t size;
    void (*release)(void *bytes, void *owner); /* called once ZeroMQ is done, in any thread */
    void *owner;
};

/* Sends one message. Takes what has a `release`, except on failure. Returns -EAGAIN and -EINTR as
 * zmq_msg_send() does, before anything was sent. */
VF_MUST_CHECK int vf_parts_send(void *socket, const struct vf_part *parts, size_t count, int flags);

struct vf_received_part; /* bytes in memory of ZeroMQ */

/* Receives one part. Returns -EAGAIN and -EINTR as zmq_msg_recv() does. */
VF_MUST_CHECK int vf_part_receive(struct vf_received_part **part, void *socket, int flags);
void vf_part_destroy(struct vf_received_part **part);

/* Lends the bytes until the part is destroyed. */
const void *vf_part_bytes(const struct vf_received_part *part, size_t *size);

/* Returns whether further parts of the same message follow. */
bool vf_part_has_more(const struct vf_received_part *part);

/* Receives what is left of the message whose last received part is `part`, and forgets it, so
 * that the next part begins a message. */
void vf_parts_skip(void *socket, const struct vf_received_part *part);

#endif
