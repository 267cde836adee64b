/* SPDX-License-Identifier: MIT */
#include "engine/media/write/mp4/fragment.h"

#include <libavcodec/packet.h>
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>

/* Containers have refused packets without any time; what has none belongs to what was last. */
static int64_t time_us(const AVPacket *packet, int64_t last_us)
{
    if (packet->dts == AV_NOPTS_VALUE)
        return last_us;
    return av_rescale_q(packet->dts, packet->time_base, AV_TIME_BASE_Q);
}

int vf_fragment_push(struct vf_fragment *fragment, unsigned track, const AVPacket *packet)
{
    int err = vf_packet_queue_push(&fragment->tracks[track].packets, packet);
    if (err)
        return err;
    int64_t duration_us = av_rescale_q(packet->duration, packet->time_base, AV_TIME_BASE_Q);
    if (track >= fragment->track_count)
        fragment->track_count = track + 1;
    fragment->tracks[track].end_us = time_us(packet, fragment->tracks[track].end_us) + duration_us;
    return VF_OK;
}

static int64_t length_us(const struct vf_fragment *fragment, unsigned track)
{
    const AVPacket *first = vf_packet_queue_peek(&fragment->tracks[track].packets);
    int64_t end_us = fragment->tracks[track].end_us;
    return first ? end_us - time_us(first, end_us) : 0;
}

static bool is_far_ahead(const struct vf_fragment *fragment)
{
    for (unsigned i = 0; i < fragment->track_count; i++) {
        if (i != fragment->lead && !fragment->tracks[i].is_sparse &&
            length_us(fragment, i) >= VF_FRAGMENT_MAX_AHEAD_US)
            return true;
    }
    return false;
}

bool vf_fragment_is_due(const struct vf_fragment *fragment)
{
    return length_us(fragment, fragment->lead) >= fragment->length_us ||
           fragment->tracks[fragment->lead].packets.bytes >= VF_FRAGMENT_MAX_BYTES ||
           is_far_ahead(fragment);
}

void vf_fragment_cut(struct vf_fragment *fragment, bool is_all)
{
    fragment->limit_us = fragment->tracks[fragment->lead].end_us;
    fragment->is_open = is_all || !fragment->is_begun || is_far_ahead(fragment);
    fragment->is_begun = true;
}

AVPacket *vf_fragment_take(struct vf_fragment *fragment, unsigned track)
{
    struct vf_packet_queue *packets = &fragment->tracks[track].packets;
    const AVPacket *next = vf_packet_queue_peek(packets);
    bool is_all = fragment->is_open || track == fragment->lead;
    if (!next || (!is_all && time_us(next, fragment->limit_us - 1) >= fragment->limit_us))
        return NULL;
    return vf_packet_queue_pop(packets);
}

void vf_fragment_finish(struct vf_fragment *fragment)
{
    for (unsigned i = 0; i < VF_FRAGMENT_MAX_TRACKS; i++)
        vf_packet_queue_clear(&fragment->tracks[i].packets);
}
