/* SPDX-License-Identifier: MIT */
/* file_facts.h - what a written file says of itself and of its tracks: tags, dispositions, chapters,
 * attachments and side data of its sources, and what the writer was told to say instead.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_FILE_FACTS_H
#define VF_ENGINE_MEDIA_WRITE_FILE_FACTS_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/muxer.h"

struct AVFormatContext;
struct AVStream;

struct vf_file_facts_order {
    const struct vf_output_settings *settings;
    const struct vf_media_tracks *tracks;
    struct AVStream *const *streams; /* what they are in the file; NULL: none */
    struct vf_muxer_range range;
};

/* Describes a file that has its streams, but no header yet. Adds streams for attachments. */
VF_MUST_CHECK int vf_file_facts_describe(struct AVFormatContext *format,
                                         const struct vf_file_facts_order *order);

/* Writes the pictures among the attachments, after the header. Returns an error of libav's. */
VF_MUST_CHECK int vf_file_facts_write_pictures(struct AVFormatContext *format);

#endif
