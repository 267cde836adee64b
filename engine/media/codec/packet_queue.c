/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/packet_queue.h"

#include <errno.h>
#include <libavcodec/packet.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one packet more, first in front of the oldest. */
static int reserve(struct vf_packet_queue *queue)
{
    if (queue->first + queue->count < queue->capacity)
        return VF_OK;
    if (queue->first > queue->capacity / 2) {
        memmove(queue->packets, queue->packets + queue->first,
                queue->count * sizeof(*queue->packets));
        queue->first = 0;
        return VF_OK;
    }
    size_t capacity = queue->capacity ? 2 * queue->capacity : 16;
    AVPacket **packets = realloc(queue->packets, capacity * sizeof(*packets));
    if (!packets)
        return -ENOMEM;
    queue->packets = packets;
    queue->capacity = capacity;
    return VF_OK;
}

int vf_packet_queue_push(struct vf_packet_queue *queue, const AVPacket *packet)
{
    int err = reserve(queue);
    AVPacket *copy = err ? NULL : av_packet_clone(packet);
    if (!copy)
        return -ENOMEM;
    queue->packets[queue->first + queue->count++] = copy;
    queue->bytes += (size_t)copy->size;
    return VF_OK;
}

const AVPacket *vf_packet_queue_peek(const struct vf_packet_queue *queue)
{
    return queue->count ? queue->packets[queue->first] : NULL;
}

AVPacket *vf_packet_queue_pop(struct vf_packet_queue *queue)
{
    if (!queue->count)
        return NULL;
    AVPacket *packet = queue->packets[queue->first++];
    queue->count--;
    queue->bytes -= (size_t)packet->size;
    return packet;
}

void vf_packet_queue_drop(struct vf_packet_queue *queue)
{
    AVPacket *packet = vf_packet_queue_pop(queue);
    av_packet_free(&packet);
}

void vf_packet_queue_clear(struct vf_packet_queue *queue)
{
    while (queue->count)
        vf_packet_queue_drop(queue);
    free(queue->packets);
    *queue = (struct vf_packet_queue){0};
}
