/* SPDX-License-Identifier: MIT */
/* records.h - the extras of a message: records one after the other, each with its kind and size.
 *
 * They travel as bytes, so who receives some believes nothing: a record that reaches beyond the end
 * ends the list, and a kind that is not known is passed over.
 */
#ifndef VF_ENGINE_MEDIA_FACTS_RECORDS_H
#define VF_ENGINE_MEDIA_FACTS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

enum vf_record_kind {
    VF_RECORD_FILE_TAGS = 1, /* keys and texts, each ended by NUL */
    VF_RECORD_STREAM_TAGS,
    VF_RECORD_DISPOSITION, /* uint32_t: AV_DISPOSITION_* */
    VF_RECORD_CHAPTER,     /* its number and times, then its tags (file/facts.c) */
    VF_RECORD_STREAM_SIDE, /* side data of the stream; detail: enum AVPacketSideDataType */
    VF_RECORD_FRAME_SIDE,  /* side data of the picture; detail: enum AVFrameSideDataType */
    VF_RECORD_PACKET_SIDE, /* side data of the packet; detail: enum AVPacketSideDataType */
    VF_RECORD_ATTACHMENT,  /* what it is, then its tags, then its bytes (file/facts.c) */
};

struct vf_record {
    enum vf_record_kind kind;
    unsigned detail;
    const uint8_t *bytes; /* aligned to 8 */
    size_t size;
};

/* Bytes that are written. Starts as {0}; what fails makes `err` negative, and the rest of the calls
 * do nothing. */
struct vf_records {
    uint8_t *bytes;
    size_t size, room;
    int err;
};

/* Adds a record of two parts, of which the second may be empty. */
void vf_records_add(struct vf_records *records, enum vf_record_kind kind, unsigned detail,
                    const void *bytes, size_t size);
void vf_records_add_two(struct vf_records *records, const struct vf_record *first, const void *rest,
                        size_t rest_size);

/* Adds records that were written before. */
void vf_records_append(struct vf_records *records, const uint8_t *bytes, size_t size);

void vf_records_finish(struct vf_records *records);

/* Reads the record at *place, which starts as 0, and moves on. Lends the bytes. Returns whether
 * there was one. */
bool vf_record_next(const uint8_t *bytes, size_t size, size_t *place, struct vf_record *record);

#endif
