/* SPDX-License-Identifier: MIT */
/* muxer.h - writes packets to a file, which appears under its name only when it is whole, or to a
 * stream, which is written as they come.
 *
 * Until it is whole a file stands beside its name ("out.part-k3m9x2wq.mp4"); where the settings say
 * `crash_safe`, it can be played from there even if this process is killed. Of a file that does not
 * become whole, what there is gets a name of its own ("out.partial.mp4"), and an older file stays.
 * What is no regular file (a device, a pipe, a URL) is written to directly.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_MUXER_H
#define VF_ENGINE_MEDIA_WRITE_MUXER_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/facts/file/facts.h"
#include "engine/media/write/choice/choice.h"

struct AVCodecParameters;
struct AVPacket;
struct vf_muxer;
struct vf_node_run;

enum vf_muxer_track { VF_MUXER_VIDEO, VF_MUXER_AUDIO, VF_MUXER_SUBTITLES, VF_MUXER_TRACKS };

/* What a track holds. Starts as {0}. */
struct vf_media_track {
    struct AVCodecParameters *parameters; /* owned; NULL: there is no such track */
    AVRational time_base;                 /* the hint from which the container chooses its own */
    AVRational frame_rate;                /* of video; 0/1: unknown */
    struct vf_facts facts;                /* owned: what its source says */
    bool is_copied;                       /* pictures: they were not encoded again */
    bool is_late;                         /* its first packet comes long after the header */
};

/* The part of the messages' time that a file holds; and what is zero in it. */
struct vf_muxer_range {
    int64_t start_us, end_us, zero_us;
};

struct vf_muxer_order {
    struct vf_node_run *run;
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    const char *path;
};

/* Opens the output. Borrows what the order names, but for the path, for as long as the muxer lives.
 * Returns -EEXIST where a file is there that must not be replaced. */
VF_MUST_CHECK int vf_muxer_create(struct vf_muxer **muxer, const struct vf_muxer_order *order);

/* Gives up: what has not been finished stays, or goes when it holds nothing. */
void vf_muxer_destroy(struct vf_muxer **muxer);

/* Writes the header, for VF_MUXER_TRACKS `tracks`, of which it borrows nothing. */
VF_MUST_CHECK int vf_muxer_start(struct vf_muxer *muxer, const struct vf_media_track *tracks,
                                 const struct vf_muxer_range *range);
bool vf_muxer_is_started(const struct vf_muxer *muxer);

/* Writes a packet, whose time base must be set, after the header. */
VF_MUST_CHECK int vf_muxer_write(struct vf_muxer *muxer, enum vf_muxer_track track,
                                 const struct AVPacket *packet);

/* Return how many packets of video, and how many bytes of all tracks, have been taken. */
uint64_t vf_muxer_frame_count(const struct vf_muxer *muxer);
int64_t vf_muxer_taken_bytes(const struct vf_muxer *muxer);

/* Lends the path. */
const char *vf_muxer_path(const struct vf_muxer *muxer);

/* What has become of a file. */
struct vf_muxer_end {
    int64_t size_bytes; /* -1: it has none */
    const char *kept; /* where what there is of it is; NULL: there is nothing, or it is whole. Lent
                           for as long as the muxer lives */
    bool has_older;   /* and a whole file of its name is as it was */
};

/* Writes the end, and gives the file its name if it `is_complete`; else that of a part. */
VF_MUST_CHECK int vf_muxer_finish(struct vf_muxer *muxer, bool is_complete,
                                  struct vf_muxer_end *end);

#endif
