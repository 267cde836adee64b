/* SPDX-License-Identifier: MIT */
/* state.h - what waits to be recorded, and the clip that is written: for those who write one, from
 * key frame to key frame (clips.c) or exactly (exact.c).
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_STATE_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/clips/clips.h"
#include "engine/media/write/clips/edge.h"
#include "engine/media/write/clips/waiting.h"

/* The input of the pictures. */
#define VF_CLIPS_VIDEO 0

struct vf_clips {
    struct vf_output_order order;
    struct vf_waiting waiting[VF_MAX_TRACKS];    /* by input */
    struct vf_message *announced[VF_MAX_TRACKS]; /* what each input is going to bring; or NULL */
    bool has_ended[VF_MAX_TRACKS], is_over;
    struct vf_spans spans;
    int64_t certain_ns;
    struct vf_output *output; /* of the present clip; NULL: there is none */
    struct vf_span span;      /* what it is of, */
    int64_t begin_ns;         /* and its first picture */
    struct vf_frame_index index;
    struct vf_edge *edge; /* where clips are cut exactly; else NULL */
    bool is_encoding;     /* pictures have been encoded, and none copied after them */
    bool has_told_full, has_failed;
};

/* The pictures from one key frame to the next. */
struct vf_group {
    size_t count; /* of packets */
    size_t lead;  /* packets behind them, the next key frame and pictures shown before it */
    int64_t begin_ns, end_ns; /* from the first picture to before the next key frame */
};

/* Begins a clip of a span, with the picture of that time. */
VF_MUST_CHECK int vf_clip_begin(struct vf_clips *clips, const struct vf_span *span,
                                int64_t begin_ns);

/* Writes a picture. */
VF_MUST_CHECK int vf_clip_write(struct vf_clips *clips, const struct vf_message *picture,
                                int64_t time_ns);

/* Takes what has come of sound and subtitles that begins before `until_ns`, and records it where that
 * is so, from `from_ns` on. */
VF_MUST_CHECK int vf_clip_take_sides(struct vf_clips *clips, int64_t from_ns, int64_t until_ns,
                                     bool is_recorded);

/* Ends the present clip, if there is one. */
VF_MUST_CHECK int vf_clip_end(struct vf_clips *clips, bool is_complete);

/* Returns until when a picture is shown. */
int64_t vf_clip_shown_until(const struct vf_waiting_item *item);

/* Whether the group that follows can be in the same file: not where the pictures become others. */
bool vf_clip_goes_on_after(const struct vf_clips *clips, const struct vf_group *group);

#endif
