/* SPDX-License-Identifier: MIT */
/* segments.h - video_writer with `when` and `segment_time`: where each event is in a recording without
 * gaps.
 *
 * Of each file it is noted which frames are in it, for as long as events may be told of them.
 */
#ifndef VF_NODES_WRITE_CLIP_SEGMENTS_H
#define VF_NODES_WRITE_CLIP_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/clips/frame_index.h"
#include "nodes/write/clip/events.h"
#include "nodes/write/clip/told.h"

struct AVPacket;
struct vf_message;
struct vf_segment;

/* Starts as {.events, .told, .is_copy}. */
struct vf_segments {
    struct vf_clip_events events;
    struct vf_told told;
    bool is_copy;                /* packets have the times of their pictures; else frames come, */
    struct vf_frame_index taken; /* whose times these are, from number `written` on */
    size_t written;
    struct vf_segment *files; /* that are complete, from the oldest on */
    size_t count, room;
    struct vf_frame_index present;
    int64_t newest_ns; /* picture; INT64_MIN: none */
    bool has_come;
};

/* Takes note of a picture that is written, or takes an event. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_segments_take(struct vf_segments *segments, unsigned input,
                                   const struct vf_message *message);

/* Takes note of a picture that goes into the present file. */
VF_MUST_CHECK int vf_segments_note_packet(struct vf_segments *segments,
                                          const struct AVPacket *packet);

/* Takes that the present file has ended, and tells the events again that are in it. One that is not
 * complete is none. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_segments_note_file(struct vf_segments *segments, const char *path,
                                        bool is_complete);

/* Tells the events that are left. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_segments_end(struct vf_segments *segments);

void vf_segments_finish(struct vf_segments *segments);

#endif
