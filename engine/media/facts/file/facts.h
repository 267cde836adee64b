/* SPDX-License-Identifier: MIT */
/* facts.h - what a file says of itself and of a stream, beside what it shows.
 *
 * A reader writes it into the extras of its messages: of each frame and of each packet.
 * Whatever stands between hands it on, and a writer puts it into its file. Attachments (fonts, cover
 * art) are large: they come with the first message of a source only.
 */
#ifndef VF_ENGINE_MEDIA_FACTS_FILE_FACTS_H
#define VF_ENGINE_MEDIA_FACTS_FILE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/facts/records.h"

struct AVDictionary;
struct AVFormatContext;
struct AVStream;

struct vf_chapter {
    int64_t id, start_us, end_us; /* in the time of the messages */
    struct AVDictionary *tags;
};

struct vf_attachment {
    char codec[32];  /* libav's name: "ttf", "mjpeg" */
    bool is_picture; /* cover art; else a file that goes along, such as a font */
    int width, height;
    struct AVDictionary *tags; /* "filename", "mimetype", "title" */
    const uint8_t *bytes;      /* lent by the records */
    size_t size;
};

/* Starts as {0}. */
struct vf_facts {
    uint8_t *records; /* a copy of all */
    size_t size;
    struct AVDictionary *file_tags, *stream_tags;
    int disposition; /* AV_DISPOSITION_* */
    struct vf_chapter *chapters;
    size_t chapter_count;
    struct vf_attachment *attachments;
    size_t attachment_count;
};

/* The part of a file that is read, in the file's own time; and what is added to what is left. */
struct vf_facts_range {
    int64_t start_us, end_us; /* INT64_MAX: up to its end */
    int64_t offset_us;
};

/* Adds what a part of `format` says of itself, and of a stream; either may be NULL. */
void vf_facts_add(struct vf_records *records, const struct AVFormatContext *format,
                  const struct AVStream *stream, const struct vf_facts_range *range);

/* Adds the attachments of `format`. Returns whether there are any. */
bool vf_facts_add_attachments(struct vf_records *records, const struct AVFormatContext *format);

/* Reads the extras of a message. What cannot be true is left out. Returns -ENOMEM. */
VF_MUST_CHECK int vf_facts_read(struct vf_facts *facts, const uint8_t *extras, size_t size);
void vf_facts_finish(struct vf_facts *facts);

#endif
