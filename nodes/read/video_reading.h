/* SPDX-License-Identifier: MIT */
/* video_reading.h - reads one file or stream once, from a start to an end.
 *
 * Frames, and the packets of sound and subtitles that belong to them, are emitted by the task that
 * reads, frame by frame, each with the packets that are known by then to lie in the range.
 */
#ifndef VF_NODES_READ_VIDEO_READING_H
#define VF_NODES_READ_VIDEO_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/read/decode/sparse.h"
#include "engine/media/read/output.h"
#include "engine/media/read/place.h"
#include "engine/media/read/source.h"
#include "engine/node/node.h"
#include "nodes/read/catch_up.h"
#include "nodes/read/frame_choice.h"
#include "nodes/read/options.h"
#include "nodes/read/pacer.h"
#include "nodes/read/picks.h"

/* Starts as {0}, but for what is borrowed or asked for. */
struct vf_video_reading {
    const struct vf_reading_options *asked; /* borrowed, like the pacer */
    struct vf_pacer *pacer;
    struct vf_picks *picks; /* of all sources, one after the other */
    struct vf_reading_output output;
    struct vf_made made[VF_STREAM_COUNT]; /* of this source, by processes before; timestamps are
                                             without the output's offset */
    bool is_only_timed;                   /* of that, the counts are not right */
    bool is_announced;                    /* what kinds of streams are missing has been said */
    bool is_optional; /* the task goes on without it: that it cannot be opened is a warning */
    int64_t emitted;  /* frames, all in all; counted on */
    /* Told when it is over: */
    bool is_finished; /* its end has been reached, not that of the task */
    bool has_frames;
    int64_t length_us; /* where what comes after it begins */
    /* Private: */
    struct vf_media_source source;
    struct vf_packet_queue queues[VF_STREAM_COUNT]; /* read, and not yet known to be wanted */
    struct vf_reading_place place;
    struct vf_frame_choice choice;
    struct vf_catch_up catch_up;
    struct vf_sparse *sparse; /* NULL: all that is read is decoded */
    uint64_t counted;         /* frames of this source that have been asked for */
    int64_t range_us;         /* how long the range is; INT64_MAX: up to the end */
    int64_t limit_us;         /* where what is emitted ends, counted from its start */
    int64_t reached_us;       /* end of the last frame that was emitted */
    int64_t begin_us, now_us; /* of the packets of video that were read; INT64_MIN: none was */
    bool has_come[VF_STREAM_COUNT];   /* of each kind a packet, or what announces it */
    bool has_passed[VF_STREAM_COUNT]; /* and one from after the end */
    struct vf_packet_queue held;      /* the first for another decoder, until this one is empty */
    bool is_draining, is_video_done, is_rest_done, has_filled_range;
    bool
        has_sought_all; /* the place of the part has been looked for from the beginning, or found */
    bool has_pictures;  /* the first key frame has been read */
    bool has_begun_packets; /* of pictures: from which key frame on they are given out is known */
};

/* Opens the source, and goes to the start, or past what was made of it. */
VF_MUST_CHECK int vf_video_reading_open(struct vf_video_reading *reading);

/* Returns how many frames are to be expected; 0: it is not known. */
uint64_t vf_video_reading_expected(const struct vf_video_reading *reading);

/* Returns whether the source has streams of a kind that is read. */
bool vf_video_reading_has(const struct vf_video_reading *reading, enum vf_stream kind);

/* Returns whether the source is live: vf_demuxer_is_live(). */
bool vf_video_reading_is_live(const struct vf_video_reading *reading);

/* Returns whether the source can be read again. */
bool vf_video_reading_is_file(const struct vf_video_reading *reading);

/* Reads on, and emits what can be. Returns VF_END after the end, or when the task is to stop. */
VF_MUST_CHECK int vf_video_reading_next(struct vf_video_reading *reading);

void vf_video_reading_close(struct vf_video_reading *reading);

/* Finds `length_us` of a source by reading it, without decoding, as if it was not limited by a
 * number of frames; 0: it cannot be read. Returns VF_END when the task is to stop. */
VF_MUST_CHECK int vf_video_reading_measure(struct vf_node_run *run, const char *path,
                                           const struct vf_reading_options *asked,
                                           int64_t *length_us);

#endif
