/* SPDX-License-Identifier: MIT */
/* piecewise.h - frames in, packets out, by an encoder of its own for each piece of the time.
 *
 * So a piece depends on its own frames, and on what the first of all says, and on nothing else; it
 * begins with a key frame. Each is kept in a file, and noted once it is whole (checkpoint.h). What
 * earlier runs have made comes from there: its packets come out before those of the first new frame,
 * and not before their time, which other tracks tell.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_PIECES_PIECEWISE_H
#define VF_ENGINE_MEDIA_WRITE_PIECES_PIECEWISE_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVCodecContext;
struct AVPacket;
struct vf_message;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;
struct vf_piecewise;

struct vf_piecewise_order {
    struct vf_node_run *run;
    struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    void *context; /* for `take`, which gets each packet, of the track's time base */
    int (*take)(void *context, const struct AVPacket *packet);
};

/* What has been made, earlier runs included. */
struct vf_piecewise_counts {
    uint64_t taken, sent, made, moved;
};

/* Finds what there is of earlier runs. Borrows what the order names. */
VF_MUST_CHECK int vf_piecewise_create(struct vf_piecewise **piecewise,
                                      const struct vf_piecewise_order *order);
void vf_piecewise_destroy(struct vf_piecewise **piecewise);

/* Notes where the file is while it is not whole, or where a part of it stays; NULL: under its name. */
VF_MUST_CHECK int vf_piecewise_note_part(struct vf_piecewise *piecewise, const char *path);

/* Opens the first encoder, for frames like `first`. Lends what it is, until the end. */
VF_MUST_CHECK int vf_piecewise_begin(struct vf_piecewise *piecewise,
                                     const struct vf_message *first);
const struct AVCodecContext *vf_piecewise_context(const struct vf_piecewise *piecewise);
AVRational vf_piecewise_time_base(const struct vf_piecewise *piecewise);

/* Encodes a frame, but one of a piece that is there. */
VF_MUST_CHECK int vf_piecewise_take(struct vf_piecewise *piecewise, const struct vf_message *frame);

/* Says how far other tracks have come. */
VF_MUST_CHECK int vf_piecewise_follow(struct vf_piecewise *piecewise, int64_t time_us);

/* Says that no more frames come; that was all where it `is_complete`. */
VF_MUST_CHECK int vf_piecewise_end(struct vf_piecewise *piecewise, bool is_complete);

struct vf_piecewise_counts vf_piecewise_counts(const struct vf_piecewise *piecewise);

#endif
