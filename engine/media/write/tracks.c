/* SPDX-License-Identifier: MIT */
#include "engine/media/write/tracks.h"

#include <libavcodec/codec_par.h>

const struct vf_media_track *vf_media_tracks_find(const struct vf_media_tracks *tracks,
                                                  enum vf_track_kind kind, unsigned number)
{
    for (unsigned i = 0; i < tracks->count; i++) {
        const struct vf_media_track *track = &tracks->items[i];
        if (track->parameters && track->kind == kind && track->number == number)
            return track;
    }
    return NULL;
}

void vf_media_tracks_finish(struct vf_media_tracks *tracks)
{
    for (unsigned i = 0; i < tracks->count; i++) {
        avcodec_parameters_free(&tracks->items[i].parameters);
        vf_facts_finish(&tracks->items[i].facts);
    }
    tracks->count = 0;
}
