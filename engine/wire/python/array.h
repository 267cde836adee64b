/* SPDX-License-Identifier: MIT */
/* array.h - arrays of numbers to and from Python programs.
 *
 * What send_array() and recv_array() do, as "Serializing messages with PyZMQ" in the
 * documentation of PyZMQ writes them: two parts of one message, the header (array_header.h) and
 * the bytes of the array in C order.
 * The sockets are libzmq's; the flags are its ZMQ_DONTWAIT and ZMQ_SNDMORE.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_ARRAY_H
#define VF_ENGINE_WIRE_PYTHON_ARRAY_H

#include "engine/wire/python/array_header.h"

/* Sends an array, whose bytes are copied. Returns -EINVAL as vf_array_header_print(), -EAGAIN and
 * -EINTR as zmq_send() does, when nothing was sent. */
VF_MUST_CHECK int vf_send_array(void *socket, const struct vf_numpy_array *array, int flags,
                                struct vf_complaint *complaint);

/* The same without copying. Takes *array, except on failure: its `release` is called once ZeroMQ
 * is done with the bytes, in any thread. Without a `release` the bytes have to stay as long as
 * the socket's context. */
VF_MUST_CHECK int vf_send_array_zero_copy(void *socket, struct vf_numpy_array *array, int flags,
                                          struct vf_complaint *complaint);

/* Receives an array into memory of its own, aligned for numbers of any type and free to be
 * changed. Finish it with vf_numpy_array_finish(). Returns -EAGAIN and -EINTR as zmq_recv() does;
 * -EBADMSG, with a complaint, for what is no array: the rest of the message is then skipped, and
 * the next call begins with another one. Otherwise further parts, if the sender has sent any, are
 * left to the caller. */
VF_MUST_CHECK int vf_recv_array(void *socket, struct vf_numpy_array *array, int flags,
                                struct vf_complaint *complaint);

/* The same without copying: the bytes stay in ZeroMQ's memory until the array is finished, at
 * whatever address they came to. */
VF_MUST_CHECK int vf_recv_array_zero_copy(void *socket, struct vf_numpy_array *array, int flags,
                                          struct vf_complaint *complaint);

#endif
