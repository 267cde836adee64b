/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/payload_buffer.h"

#include <libavutil/buffer.h>
#include <pthread.h>
#include <stdlib.h>

struct payload_buffer {
    struct vf_payload *payload;
    atomic_uint *count; /* of those that live; NULL: nobody counts */
    struct payload_buffer *next, *previous;
};

/* Those that live, newest first: a few dozen at most, and the newest is asked for most. */
static struct payload_buffer *first;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void link_buffer(struct payload_buffer *buffer)
{
    pthread_mutex_lock(&mutex);
    buffer->next = first;
    if (first)
        first->previous = buffer;
    first = buffer;
    pthread_mutex_unlock(&mutex);
}

static void unlink_buffer(struct payload_buffer *buffer)
{
    pthread_mutex_lock(&mutex);
    if (buffer->previous)
        buffer->previous->next = buffer->next;
    else
        first = buffer->next;
    if (buffer->next)
        buffer->next->previous = buffer->previous;
    pthread_mutex_unlock(&mutex);
}

static void release_buffer(void *opaque, uint8_t *data)
{
    (void)data;
    struct payload_buffer *buffer = opaque;
    unlink_buffer(buffer);
    vf_payload_drop(&buffer->payload);
    if (buffer->count)
        atomic_fetch_sub(buffer->count, 1);
    free(buffer);
}

static AVBufferRef *create_buffer(struct vf_payload **payload, size_t offset, size_t size,
                                  int flags)
{
    struct payload_buffer *buffer = calloc(1, sizeof(*buffer));
    if (!buffer)
        return NULL;
    buffer->payload = *payload;
    link_buffer(buffer);
    AVBufferRef *reference =
        av_buffer_create(buffer->payload->data + offset, size, release_buffer, buffer, flags);
    if (!reference) {
        unlink_buffer(buffer);
        free(buffer);
        return NULL;
    }
    *payload = NULL;
    return reference;
}

struct AVBufferRef *vf_payload_buffer_create(struct vf_payload **payload, size_t offset,
                                             size_t size)
{
    return create_buffer(payload, offset, size, AV_BUFFER_FLAG_READONLY);
}

struct AVBufferRef *vf_payload_buffer_share(const struct vf_message *message, size_t offset,
                                            size_t size)
{
    struct vf_payload *payload = vf_payload_hold(message->payload);
    AVBufferRef *buffer = vf_payload_buffer_create(&payload, offset, size);
    vf_payload_drop(&payload);
    return buffer;
}

AVBufferRef *vf_payload_buffer_create_writable(struct vf_payload **payload)
{
    return create_buffer(payload, 0, (*payload)->size, 0);
}

void vf_payload_buffer_count(const AVBufferRef *buffer, atomic_uint *count)
{
    struct payload_buffer *counted = av_buffer_get_opaque(buffer);
    counted->count = count;
    atomic_fetch_add(count, 1);
}

struct vf_payload *vf_payload_buffer_find(const AVBufferRef *buffer)
{
    const void *opaque = av_buffer_get_opaque(buffer);
    struct vf_payload *payload = NULL;
    pthread_mutex_lock(&mutex);
    const struct payload_buffer *known = first;
    while (known && known != opaque)
        known = known->next;
    if (known)
        payload = vf_payload_hold(known->payload);
    pthread_mutex_unlock(&mutex);
    return payload;
}
