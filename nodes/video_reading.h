/* SPDX-License-Identifier: MIT */
/* video_reading.h - reads one file or stream from a start to an end: what readers have in common.
 *
 * Frames, and the compressed sound that belongs to them, are emitted by the task that reads, frame
 * by frame, each with the sound that is known by then to lie in the range.
 */
#ifndef VF_NODES_VIDEO_READING_H
#define VF_NODES_VIDEO_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/media_source.h"
#include "engine/media/packet_queue.h"
#include "engine/media/reading_place.h"
#include "engine/media/reconnect_option.h"
#include "engine/node/node.h"
#include "nodes/pacer.h"

/* What a reader is asked for. Times are nanoseconds. */
struct vf_reading_options {
    int64_t start, duration, frames, timeout;
    int threads;
    enum vf_pace pace;
    struct vf_reconnect_option reconnect;
};

/* Starts as {0}, but for the first three members, which are borrowed. */
struct vf_video_reading {
    struct vf_node_run *run;
    const struct vf_reading_options *asked;
    const char *path;
    /* Private: */
    struct vf_media_source source;
    struct vf_packet_queue audio; /* read, and not yet known to be wanted */
    struct vf_reading_place place;
    int64_t limit_us;   /* where the range ends, counted from its start */
    int64_t reached_us; /* end of the last frame that was emitted */
    int64_t emitted;
    struct vf_pacer pacer;
    bool is_begun, is_draining, is_video_done, is_audio_done;
};

/* Opens the source, and goes to the start, or behind what an earlier process has made of it. */
VF_MUST_CHECK int vf_video_reading_open(struct vf_video_reading *reading);

/* Reads on, and emits what can be. Returns VF_END behind the end, or when the task is to stop. */
VF_MUST_CHECK int vf_video_reading_next(struct vf_video_reading *reading);

void vf_video_reading_close(struct vf_video_reading *reading);

#endif
