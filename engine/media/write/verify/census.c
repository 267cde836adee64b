/* SPDX-License-Identifier: MIT */
#include "engine/media/write/verify/census.h"

#include <libavcodec/packet.h>
#include <libavutil/mathematics.h>
#include <stddef.h>

static void note_shown(struct vf_census_track *track, const AVPacket *packet, AVRational base)
{
    int64_t begin_us = av_rescale_q(packet->pts, base, AV_TIME_BASE_Q);
    int64_t end_us = av_rescale_q(packet->pts + packet->duration, base, AV_TIME_BASE_Q);
    if (!track->has_times || begin_us < track->begin_us)
        track->begin_us = begin_us;
    if (!track->has_times || end_us > track->end_us)
        track->end_us = end_us;
}

static void note_decoded(struct vf_census_track *track, int64_t dts, int64_t duration,
                         AVRational base)
{
    int64_t dts_us = av_rescale_q(dts, base, AV_TIME_BASE_Q);
    int64_t last_us = av_rescale_q(duration, base, AV_TIME_BASE_Q);
    int64_t step_us = track->has_times ? dts_us - track->last_dts_us : 0;
    if (!track->has_times)
        track->first_dts_us = dts_us;
    if (step_us > track->step_us)
        track->step_us = step_us;
    if (last_us > track->step_us)
        track->step_us = last_us;
    track->last_dts_us = dts_us;
    track->last_us = last_us;
    track->has_times = true;
}

void vf_census_add(struct vf_census_track *track, const AVPacket *packet, AVRational base)
{
    int64_t dts = packet->dts == AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (!packet->size)
        return; /* only facts for the header, at the end of FLAC and others */
    track->packets++;
    if (packet->pts != AV_NOPTS_VALUE)
        note_shown(track, packet, base);
    if (dts != AV_NOPTS_VALUE)
        note_decoded(track, dts, packet->duration, base);
}

int64_t vf_census_length_us(const struct vf_census_track *track)
{
    return track->has_times ? track->last_dts_us - track->first_dts_us + track->last_us : 0;
}

struct vf_census_track *vf_census_find(struct vf_census *census, enum AVMediaType type,
                                       unsigned number)
{
    for (unsigned i = 0; i < census->count; i++) {
        struct vf_census_track *track = &census->tracks[i];
        if (track->type == type && number-- == 0)
            return track;
    }
    return NULL;
}
