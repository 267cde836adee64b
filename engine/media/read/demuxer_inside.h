/* SPDX-License-Identifier: MIT */
/* demuxer_inside.h - what the files of the demuxer share. Nobody else includes it.
 *
 * demuxer.c has its life, and reads; demuxer_streams.c knows which streams, demuxer_times.c puts
 * packets where they belong in time, demuxer_damage.c reports what is broken or missing.
 */
#ifndef VF_ENGINE_MEDIA_READ_DEMUXER_INSIDE_H
#define VF_ENGINE_MEDIA_READ_DEMUXER_INSIDE_H

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/connection.h"
#include "engine/media/read/open/extent.h"
#include "engine/media/read/succession.h"
#include "engine/media/read/timeline.h"

/* A packet that its format calls corrupt, and of which it is not known yet whether it is only the
 * last before a jump. */
struct suspect {
    bool is_there;
    unsigned packets; /* of its stream that have come since */
    int64_t time_us;
};

/* From where the decoding times of pictures are counted that their container does not say. */
struct undated {
    int64_t begin; /* of the first of them; AV_NOPTS_VALUE: nothing has come */
    int64_t count;
};

struct vf_demuxer {
    struct vf_node_run *run;
    struct vf_connection connection;
    AVPacket *packet;
    AVStream *chosen[VF_STREAM_COUNT];  /* at the start; NULL: none */
    AVStream *streams[VF_STREAM_COUNT]; /* those that are read now */
    AVStream *video;     /* the first of them; where there are no pictures, another that leads */
    enum vf_stream also; /* of the packet that was read last, a further kind; 0: none */
    struct vf_succession succession; /* of streams, in the middle */
    struct vf_timeline timeline;     /* which puts packets into the file's own time */
    int64_t origin_us;               /* what counts as time 0 */
    int64_t packet_count;            /* of the video stream */
    int64_t index_count; /* of it, as the container's index said at the start; 0: no index */
    int64_t end_us;      /* of the last packet, as its timestamp is in the file */
    int64_t read_end_us; /* of video and sound that were given out, on the timeline */
    struct suspect suspects[VF_STREAM_COUNT];
    struct undated undated;
    unsigned faults; /* of the connection, that have been told */
    bool has_sought, has_reported;
    bool is_first_of_part;              /* the packet that was read last */
    bool has_followed[VF_STREAM_COUNT]; /* another stream, whose first packet is still to come */
    bool needs_key; /* of the video stream, before anything of it is given out */
};

static inline double vf_demuxer_seconds(int64_t microseconds)
{
    return (double)microseconds / AV_TIME_BASE;
}

static inline int64_t vf_demuxer_file_start_us(const struct vf_demuxer *demuxer)
{
    return vf_media_begin_us(demuxer->connection.format);
}

/* Chooses the streams that are wanted, and has no others read. Returns -ENODATA, after it has logged
 * so, where one is missing that must be there. */
VF_MUST_CHECK int vf_demuxer_choose_streams(struct vf_demuxer *demuxer,
                                            const struct vf_media_settings *settings,
                                            const bool *wants);

/* Reads the streams again that were chosen at the start. */
void vf_demuxer_read_chosen(struct vf_demuxer *demuxer);

/* Returns whether the end of the file may be that of the stream. */
bool vf_demuxer_may_be_last(const struct vf_demuxer *demuxer, const AVStream *stream);

/* Returns the next kind, from `kind` on, that a stream was chosen for; VF_STREAM_COUNT: none. */
enum vf_stream vf_demuxer_next_kind(const struct vf_demuxer *demuxer, const AVStream *stream,
                                    enum vf_stream kind);

/* Gives the packet that was read last for another kind. */
enum vf_stream vf_demuxer_take_also(struct vf_demuxer *demuxer);

/* Reads another stream from now on. */
VF_MUST_CHECK int vf_demuxer_follow(struct vf_demuxer *demuxer, enum vf_stream kind,
                                    AVStream *stream);

/* Looks at a packet of a stream that is not read. */
VF_MUST_CHECK int vf_demuxer_judge_stranger(struct vf_demuxer *demuxer);

/* Reports that the file ends, with what is missing or damaged. */
void vf_demuxer_tell_end(struct vf_demuxer *demuxer);

/* Reports what libavformat has found damaged on its way to the packet. */
void vf_demuxer_tell_faults(struct vf_demuxer *demuxer);

/* Where parts were joined, the last packet before the seam is called corrupt, as nothing shows that
 * it is whole. If it is not, its decoder will say so. */
void vf_demuxer_judge_corruption(struct vf_demuxer *demuxer, enum vf_stream kind);

/* Returns when the packet ends; INT64_MIN: it has no timestamp. */
int64_t vf_demuxer_end_of_packet(const struct vf_demuxer *demuxer, const AVStream *stream);

/* A timestamp with which nobody could calculate is none. */
void vf_demuxer_forget_senseless_times(AVPacket *packet, AVRational time_base);

/* Puts the packet on the timeline. */
void vf_demuxer_place_packet(struct vf_demuxer *demuxer, const AVStream *stream,
                             enum vf_stream kind);

/* Gives a packet of pictures that does not say when it is decoded the time after the one before. The
 * first is decoded as long before it is shown as pictures may wait, as ffmpeg has it. Where nothing
 * says when pictures are shown either, they count from zero, and are shown then if none waits. */
void vf_demuxer_set_decoding_time(struct vf_demuxer *demuxer, const AVStream *stream);

/* Adds to the times that the packet has. */
void vf_demuxer_shift(AVPacket *packet, int64_t ticks);

#endif
