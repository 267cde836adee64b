/* SPDX-License-Identifier: MIT */
/* timeline.h - packets' times as one line that goes on where the times of their source jump.
 *
 * Recordings that were joined, HLS discontinuities, discs whose parts each begin at 0, clocks that
 * wrap or are set, senders that begin again: each packet is compared with the end of the one before
 * it in its stream. Where its time lies too far off, it follows that one at once, and so do all
 * packets after it, of every stream, so that picture and sound stay together. Packets of the part
 * before may still come meanwhile; each stream changes over by itself. A source that is opened again
 * after an outage goes on where its reader says.
 *
 * What is too far off is as ffmpeg has it. In formats whose times may jump (AVFMT_TS_DISCONT: MPEG
 * streams, HLS): more than 10 s on (-dts_delta_threshold), or 0.1 s back. In others, where a gap is
 * a gap and sound may overlap: more than 30 h on (-dts_error_threshold), or 10 s back.
 */
#ifndef VF_ENGINE_MEDIA_READ_TIMELINE_H
#define VF_ENGINE_MEDIA_READ_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/media/read/open/settings.h"

/* Starts as {.may_jump}: whether the format's times may. All times are in microseconds. */
struct vf_timeline {
    bool may_jump;
    unsigned jumps;
    /* Private: */
    struct vf_timeline_stream {
        bool is_begun;
        int64_t offset, last, next; /* to be added; of the last packet, and its end, as placed */
    } streams[VF_STREAM_COUNT];
    int64_t offset;  /* of the part that began last */
    int64_t reached; /* end of the last packet of picture or sound, as placed */
    bool is_begun;
};

/* Has all that comes begin `at` later: what came before it was on another line, up to there. Call it
 * before anything is placed. */
void vf_timeline_go_on(struct vf_timeline *timeline, int64_t at);

/* Returns what is to be added to the times of a packet that is decoded at `time` (shown, where that
 * is not known) and lasts for `duration`. */
int64_t vf_timeline_place(struct vf_timeline *timeline, enum vf_stream kind, int64_t time,
                          int64_t duration);

/* Returns what is added to times of packets that have none by which they could be placed. */
int64_t vf_timeline_offset(const struct vf_timeline *timeline, enum vf_stream kind);

#endif
