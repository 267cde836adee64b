/* SPDX-License-Identifier: MIT */
/* packet_queue.h - packets in the order they came, kept until their time. */
#ifndef VF_ENGINE_MEDIA_CODEC_PACKET_QUEUE_H
#define VF_ENGINE_MEDIA_CODEC_PACKET_QUEUE_H

#include <stddef.h>

#include "engine/base/result.h"

struct AVPacket;

/* Starts as {0}. */
struct vf_packet_queue {
    struct AVPacket **packets;
    size_t first, count, capacity;
    size_t bytes; /* of data in it */
};

/* Adds a reference to `packet`, whose data is copied where it is not shareable. */
VF_MUST_CHECK int vf_packet_queue_push(struct vf_packet_queue *queue,
                                       const struct AVPacket *packet);

/* Lends the oldest packet until the next call on `queue`; NULL: there is none. */
const struct AVPacket *vf_packet_queue_peek(const struct vf_packet_queue *queue);

/* Gives the oldest packet to the caller, who frees it; NULL: there is none. */
struct AVPacket *vf_packet_queue_pop(struct vf_packet_queue *queue);

/* Removes the oldest packet, if there is one. */
void vf_packet_queue_drop(struct vf_packet_queue *queue);

/* Removes all of them, and frees what the queue owns. */
void vf_packet_queue_clear(struct vf_packet_queue *queue);

#endif
