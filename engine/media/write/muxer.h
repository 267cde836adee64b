/* SPDX-License-Identifier: MIT */
/* muxer.h - writes packets to a file, which appears under its name only when it is whole, or to a
 * stream, which is written as they come.
 *
 * Until it is whole a file stands beside its name ("out.part-k3m9x2wq.mp4"); where the settings say
 * `crash_safe`, it can be played from there even if this process is killed. Of a file that does not
 * become whole, what there is gets a name of its own ("out.partial.mp4"), and an older file stays.
 * What is no regular file (a device, a pipe, a URL) is written to directly. So is a list of segments
 * that somebody may follow, because it comes live; otherwise a list and its segments get their names
 * together, too, and a part of them is in a folder of its own ("live.m3u8.partial").
 */
#ifndef VF_ENGINE_MEDIA_WRITE_MUXER_H
#define VF_ENGINE_MEDIA_WRITE_MUXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/tracks.h"

struct AVCodecParameters;
struct AVPacket;
struct json_t;
struct vf_muxer;
struct vf_node_run;

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

/* Writes the header, for the `tracks` that have been described, of which it borrows nothing. */
VF_MUST_CHECK int vf_muxer_start(struct vf_muxer *muxer, const struct vf_media_tracks *tracks,
                                 const struct vf_muxer_range *range);
bool vf_muxer_is_started(const struct vf_muxer *muxer);

/* Writes a packet of a track, numbered as among those of the start, after the header. Its time base
 * must be set. */
VF_MUST_CHECK int vf_muxer_write(struct vf_muxer *muxer, unsigned track,
                                 const struct AVPacket *packet);

/* Return how many packets of the leading track, up to which time of it, and how many bytes of all
 * tracks, have been taken. */
uint64_t vf_muxer_frame_count(const struct vf_muxer *muxer);
int64_t vf_muxer_reached_us(const struct vf_muxer *muxer);
int64_t vf_muxer_taken_bytes(const struct vf_muxer *muxer);

/* Lend the path, and where the file is until it is whole; NULL: there, or it is a folder. */
const char *vf_muxer_path(const struct vf_muxer *muxer);
const char *vf_muxer_part(const struct vf_muxer *muxer);

/* What has become of a file. */
struct vf_muxer_end {
    int64_t size_bytes; /* -1: it has none */
    const char *kept; /* where what there is of it is; NULL: there is nothing, or it is whole. Lent
                           for as long as the muxer lives */
    bool has_older;   /* and a whole file of its name is as it was */
    const char *problem; /* what is not as it was written; NULL: nothing that was looked for. Lent
                            likewise */
    bool is_verified;    /* as far as the settings ask for it */
    uint64_t packets;    /* that were written, of all tracks */
    const struct json_t *files; /* of a list and its segments, their paths; NULL: it is one file.
                                   Lent likewise */
};

/* Writes the end, and gives the file its name if it `is_complete` and found to be what was written;
 * else that of a part. */
VF_MUST_CHECK int vf_muxer_finish(struct vf_muxer *muxer, bool is_complete,
                                  struct vf_muxer_end *end);

#endif
