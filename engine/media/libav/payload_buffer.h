/* SPDX-License-Identifier: MIT */
/* payload_buffer.h - a payload as libav's reference-counted buffer.
 *
 * Codecs, filters and scalers may keep references to it as long as they like, in any thread: the
 * last one lets go of the payload. Every such buffer is known by address while it lives, so that
 * a frame that comes back from libav is known to lie in a payload already.
 */
#ifndef VF_ENGINE_MEDIA_LIBAV_PAYLOAD_BUFFER_H
#define VF_ENGINE_MEDIA_LIBAV_PAYLOAD_BUFFER_H

#include <stdatomic.h>
#include <stddef.h>

#include "engine/message/message.h"

struct AVBufferRef;

/* Makes a read-only buffer of `size` bytes from `offset` of *payload. Takes *payload, except on
 * failure (NULL: out of memory). */
struct AVBufferRef *vf_payload_buffer_create(struct vf_payload **payload, size_t offset,
                                             size_t size);

/* The same of a message's payload, on which it keeps a hold. */
struct AVBufferRef *vf_payload_buffer_share(const struct vf_message *message, size_t offset,
                                            size_t size);

/* The same of the whole payload, for its maker to draw into. Once it has been sent, nobody may hold
 * a reference who would still do so. */
struct AVBufferRef *vf_payload_buffer_create_writable(struct vf_payload **payload);

/* Counts `buffer`, which vf_payload_buffer_create() has just made, in *count for as long as libav
 * keeps it. */
void vf_payload_buffer_count(const struct AVBufferRef *buffer, atomic_uint *count);

/* Returns the payload that `buffer` lies in, with a hold for the caller; NULL: in none. */
struct vf_payload *vf_payload_buffer_find(const struct AVBufferRef *buffer);

#endif
