/* SPDX-License-Identifier: MIT */
/* tracks.h - the tracks of a file that is written: pictures, and any number of sounds and subtitles.
 *
 * One track leads: others go to the file, and to the part of it, in whose time they begin. That is
 * the picture's, or, where there is none, the first sound's.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_TRACKS_H
#define VF_ENGINE_MEDIA_WRITE_TRACKS_H

#include <libavutil/rational.h>
#include <stdbool.h>

#include "engine/media/facts/file/facts.h"

struct AVCodecParameters;

/* As many as a file can have here. */
#define VF_MAX_TRACKS 64

/* In the order in which a file has them. */
enum vf_track_kind { VF_TRACK_VIDEO, VF_TRACK_AUDIO, VF_TRACK_SUBTITLES, VF_TRACK_KINDS };

/* What a track holds. Starts as {.kind}. */
struct vf_media_track {
    enum vf_track_kind kind;
    unsigned number;                      /* among those of its kind, from 0 */
    struct AVCodecParameters *parameters; /* owned; NULL: there is no such track, or not yet */
    AVRational time_base;                 /* the hint from which the container chooses its own */
    AVRational frame_rate;                /* of video; 0/1: unknown */
    struct vf_facts facts;                /* owned: what its source says */
    bool is_copied;                       /* pictures: they were not encoded again */
    bool is_late;                         /* its first packet comes long after the header */
};

struct vf_media_tracks {
    struct vf_media_track items[VF_MAX_TRACKS]; /* in any order */
    unsigned count, lead;
};

/* Lends the track of a kind with that number; NULL: there is none that has been described. */
const struct vf_media_track *vf_media_tracks_find(const struct vf_media_tracks *tracks,
                                                  enum vf_track_kind kind, unsigned number);

/* Frees what the tracks own. */
void vf_media_tracks_finish(struct vf_media_tracks *tracks);

#endif
