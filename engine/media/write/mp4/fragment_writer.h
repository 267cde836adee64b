/* SPDX-License-Identifier: MIT */
/* fragment_writer.h - writes a file so that it can be played whenever its writer is killed.
 *
 * Packets are written a fragment at a time, and handed to the system at once. Matroska, MPEG-TS,
 * AVI and NUT stay as they are; MP4 is written in fragments, and made an ordinary file at last.
 * What fails returns an error of libav's.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_MP4_FRAGMENT_WRITER_H
#define VF_ENGINE_MEDIA_WRITE_MP4_FRAGMENT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/mp4/fragment.h"

struct AVFormatContext;
struct AVOutputFormat;
struct AVPacket;
struct vf_mp4_index;
struct vf_output_settings;
struct vf_new_file;

/* Starts as {.settings = ...}, which it borrows. */
struct vf_fragment_writer {
    const struct vf_output_settings *settings;
    struct AVFormatContext *muxer; /* borrowed */
    struct vf_fragment fragment;   /* not yet written */
    struct vf_mp4_index *index;    /* that the file is to have at last; NULL: it needs none */
    bool has_flushed;
};

/* Lends the muxer that writes the front of the file at last, which wants the same pictures that
 * belong to the whole file; NULL: there is none. */
struct AVFormatContext *vf_fragment_writer_front(const struct vf_fragment_writer *writer);

/* Returns whether a container can be written so. MXF, GXF, DV and ASF cannot: their muxers pair
 * packets in an order of their own, which is lost when some are written before their turn. */
bool vf_fragment_writer_suits(const struct AVOutputFormat *container);

/* Prepares a muxer that has its streams and options, but no header yet. Borrows it until the end.
 * Whoever asks by option for another layout than the ordinary one gets that one. */
VF_MUST_CHECK int vf_fragment_writer_begin(struct vf_fragment_writer *writer,
                                           struct AVFormatContext *muxer);
VF_MUST_CHECK int vf_fragment_writer_add(struct vf_fragment_writer *writer, unsigned track,
                                         const struct AVPacket *packet);

/* Hands all that is left to the muxer, whose trailer comes next, and writes it. */
VF_MUST_CHECK int vf_fragment_writer_end(struct vf_fragment_writer *writer);

/* Makes the file, which has been closed, an ordinary one. Where that cannot be, it stays as it is,
 * a warning says so, and *size_bytes stays. */
void vf_fragment_writer_put_in_order(struct vf_fragment_writer *writer, struct vf_new_file *file,
                                     int64_t *size_bytes);

void vf_fragment_writer_finish(struct vf_fragment_writer *writer);

#endif
