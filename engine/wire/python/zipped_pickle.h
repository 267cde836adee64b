/* SPDX-License-Identifier: MIT */
/* zipped_pickle.h - plain data to and from Python programs, as a pickle in zlib's format.
 *
 * What send_zipped_pickle() and recv_zipped_pickle() do, as "Serializing messages with PyZMQ" in
 * the documentation of PyZMQ writes them: zlib.compress(pickle.dumps(object, protocol)) as one
 * part of a message. For the same object the bytes are the same, too, with the same zlib.
 * The sockets are libzmq's; the flags are its ZMQ_DONTWAIT and ZMQ_SNDMORE.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_ZIPPED_PICKLE_H
#define VF_ENGINE_WIRE_PYTHON_ZIPPED_PICKLE_H

#include "engine/wire/python/pickle/pickle.h"

/* Sends the tree's root. `protocol` and what cannot be pickled: as vf_pickle_write(). Returns
 * -EAGAIN and -EINTR as zmq_send() does, when nothing was sent. */
VF_MUST_CHECK int vf_send_zipped_pickle(void *socket, const struct vf_plain_tree *tree, int flags,
                                        int protocol, struct vf_complaint *complaint);

/* Receives one part and reads it. Returns as vf_pickle_read(), -EBADMSG also for what zlib cannot
 * read; the rest of the message is then skipped, and the next call begins with another one.
 * Otherwise further parts, if the sender has sent any, are left to the caller. */
VF_MUST_CHECK int vf_recv_zipped_pickle(void *socket, struct vf_plain_tree **tree, int flags,
                                        const struct vf_pickle_limits *limits,
                                        struct vf_complaint *complaint);

/* The same without a socket. Zipping adds to `zipped`. Bytes after zlib's end are ignored, as
 * by zlib.decompress(). */
VF_MUST_CHECK int vf_zipped_pickle_write(struct vf_text *zipped, const struct vf_plain_tree *tree,
                                         int protocol, struct vf_complaint *complaint);
VF_MUST_CHECK int vf_zipped_pickle_read(struct vf_plain_tree **tree, const void *bytes, size_t size,
                                        const struct vf_pickle_limits *limits,
                                        struct vf_complaint *complaint);

#endif
