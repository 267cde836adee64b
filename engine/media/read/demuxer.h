/* SPDX-License-Identifier: MIT */
/* demuxer.h - opens a file or URL and reads the packets of a video stream, and of others.
 *
 * Timestamps count from the start of the file, or from where the caller sought to, and go on where
 * those of the file jump (timeline.h), which is logged once. What is corrupt or missing is reported
 * to the task, and everything readable is read.
 */
#ifndef VF_ENGINE_MEDIA_READ_DEMUXER_H
#define VF_ENGINE_MEDIA_READ_DEMUXER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/libav/error.h"
#include "engine/media/read/open/settings.h"

struct AVDictionary;
struct AVFormatContext;
struct AVPacket;
struct AVStream;
struct vf_demuxer;
struct vf_message;
struct vf_node_run;
struct vf_records;

/* Why there is nothing more to read. */
enum vf_demuxer_end {
    VF_DEMUXER_CLOSED, /* the other side has ended it */
    VF_DEMUXER_LOST,   /* it failed */
    VF_DEMUXER_SILENT, /* nothing came for too long */
};

struct vf_demuxer_wish {
    bool wants[VF_STREAM_COUNT]; /* the video is read in any case; without it, it may be missing,
                                    unless nothing else is wanted */
    bool is_retry;    /* to open it may take as long as to wait, and that it fails is no news */
    bool is_optional; /* the task goes on without it: that it cannot be opened is a warning */
};

/* How a live source has fared. */
struct vf_demuxer_life {
    int64_t opened_ns, heard_ns; /* when it began to answer, and when the last packet came */
    int64_t reached_us;          /* as vf_demuxer_reached_us() */
    int64_t frame_us;            /* how long a frame lasts; 0: it is not known */
};

/* Opens `path`, which must have what is wanted.
 * Where there is no video, the first other stream stands in its place: its packets come as those of
 * VF_STREAM_VIDEO, too. Borrows `run`, `path` and `settings` for as long as
 * the demuxer lives. Returns VF_END when the task is to stop. */
VF_MUST_CHECK int vf_demuxer_create(struct vf_demuxer **demuxer, struct vf_node_run *run,
                                    const char *path, const struct vf_media_settings *settings,
                                    const struct vf_demuxer_wish *wish);
void vf_demuxer_destroy(struct vf_demuxer **demuxer);

/* Goes to a place from which everything at and after `start_us` can be decoded, at least
 * `margin_us` before it where there is so much; timestamps count from `start_us` then. Where
 * nothing can be sought the demuxer stays where it is. Returns whether it is at the beginning. */
bool vf_demuxer_seek(struct vf_demuxer *demuxer, int64_t start_us, int64_t margin_us);

/* Returns whether what was read from `start_us` on, for `length_us`, has the times of the file, so
 * that a place in there can be sought. Where the format's times may jump, all packets up to there
 * are read for that, and nobody knows of a start that was sought itself. What is read next is the
 * beginning then. */
bool vf_demuxer_is_straight(struct vf_demuxer *demuxer, int64_t start_us, int64_t length_us);

/* Reads the next packet of the streams, with its time base set: one that was chosen for several
 * kinds comes once for each of them, but not for VF_STREAM_PACKETS. Lends *packet until the next call.
 * Returns VF_END at the end, or when the task is to stop. */
VF_MUST_CHECK int vf_demuxer_read(struct vf_demuxer *demuxer, enum vf_stream *stream,
                                  const struct AVPacket **packet);

/* Returns whether what is read next may begin in the middle: of a recording in a format for that, or
 * where the packet that was read last is the first of its stream after a jump. */
bool vf_demuxer_begins_anywhere(const struct vf_demuxer *demuxer);

/* Lends a stream; NULL: there is none of the kind, or nobody wants it. It may be another after a
 * packet has been read: that one is the first of it then (succession.h). */
const struct AVStream *vf_demuxer_stream(const struct vf_demuxer *demuxer, enum vf_stream kind);

/* Lists the streams that are read, each once: "0 video h264". An array of texts, the caller's; NULL:
 * out of memory. */
json_t *vf_demuxer_list_streams(const struct vf_demuxer *demuxer);

/* Lends what was opened, and the options that nobody there has. */
const struct AVFormatContext *vf_demuxer_format(const struct vf_demuxer *demuxer);
const struct AVDictionary *vf_demuxer_left_options(const struct vf_demuxer *demuxer);

/* Makes a message of a packet of sound or subtitles that was read, with extras (media/facts).
 * Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_demuxer_message(struct vf_demuxer *demuxer, enum vf_stream kind,
                                     const struct AVPacket *packet, const struct vf_records *extras,
                                     struct vf_message **message);

/* Makes a message without data, which announces a stream that is there, but whose first packet is
 * late. Returns as vf_node_allocate(), and -ENODATA where too little is known of the stream. */
VF_MUST_CHECK int vf_demuxer_announce(struct vf_demuxer *demuxer, enum vf_stream kind,
                                      const struct vf_records *extras, struct vf_message **message);

/* Returns whether it can be read again: it is not live, nor a pipe. */
bool vf_demuxer_is_file(const struct vf_demuxer *demuxer);

/* Returns whether it is a pipe: what was read of it is gone. */
bool vf_demuxer_is_pipe(const struct vf_demuxer *demuxer);

/* Returns where the packets that were read end, in timestamps as they are given out; INT64_MIN:
 * there were none. Those of subtitles do not count. */
int64_t vf_demuxer_reached_us(const struct vf_demuxer *demuxer);

/* Returns whether it is live: it comes over the network, and nobody knows for how long. */
bool vf_demuxer_is_live(const struct vf_demuxer *demuxer);
struct vf_demuxer_life vf_demuxer_life(const struct vf_demuxer *demuxer);

/* Has a live source that was just opened begin at `at_us`, with the next key frame. */
void vf_demuxer_join_at(struct vf_demuxer *demuxer, int64_t at_us);

/* Tells why it has ended. Valid after vf_demuxer_read() has returned VF_END. */
enum vf_demuxer_end vf_demuxer_end(const struct vf_demuxer *demuxer);
struct vf_media_text vf_demuxer_end_reason(const struct vf_demuxer *demuxer);

/* Tells the task, once, if that was too early. Of a live source the caller decides whether it was;
 * else it is done when the end is read. */
void vf_demuxer_report_end(struct vf_demuxer *demuxer);

/* Lends what it was opened by. */
const char *vf_demuxer_path(const struct vf_demuxer *demuxer);

/* Returns how long the video is, in microseconds; 0: it is not known. */
int64_t vf_demuxer_length_us(const struct vf_demuxer *demuxer);

/* Returns how many frames there are in `duration_us` from `start_us` (INT64_MAX: up to the end);
 * 0: it is not known. */
uint64_t vf_demuxer_frame_count(const struct vf_demuxer *demuxer, int64_t start_us,
                                int64_t duration_us);

#endif
