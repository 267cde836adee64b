/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/file/facts.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/facts/file/stream_side.h"
#include "engine/media/facts/file/tags.h"

#define MAX_CHAPTERS 10000
#define MAX_ATTACHMENTS 200
#define MAX_ATTACHMENT_BYTES (8u << 20) /* of all of one file */

struct chapter_record {
    int64_t id, start_us, end_us;
};

struct attachment_record {
    char codec[32];
    int32_t width, height;
    uint32_t tags_size, is_picture;
};

static void add_tags(struct vf_records *records, enum vf_record_kind kind, AVDictionary *tags)
{
    size_t size = 0;
    uint8_t *packed = tags ? av_packet_pack_dictionary(tags, &size) : NULL;
    if (packed && size)
        vf_records_add(records, kind, 0, packed, size);
    av_free(packed);
}

static void add_chapter(struct vf_records *records, const AVChapter *chapter,
                        const struct vf_facts_range *range)
{
    int64_t start = av_rescale_q(chapter->start, chapter->time_base, AV_TIME_BASE_Q);
    int64_t end = chapter->end == AV_NOPTS_VALUE
                      ? INT64_MAX
                      : av_rescale_q(chapter->end, chapter->time_base, AV_TIME_BASE_Q);
    if (end <= range->start_us || start >= range->end_us)
        return;
    start = start > range->start_us ? start : range->start_us;
    end = end < range->end_us ? end : range->end_us;
    const struct chapter_record head = {
        .id = chapter->id,
        .start_us = start - range->start_us + range->offset_us,
        .end_us = end == INT64_MAX ? INT64_MAX : end - range->start_us + range->offset_us,
    };
    size_t size = 0;
    uint8_t *packed =
        chapter->metadata ? av_packet_pack_dictionary(chapter->metadata, &size) : NULL;
    const struct vf_record record = {VF_RECORD_CHAPTER, 0, (const uint8_t *)&head, sizeof(head)};
    vf_records_add_two(records, &record, packed, packed ? size : 0);
    av_free(packed);
}

static void add_file(struct vf_records *records, const AVFormatContext *format,
                     const struct vf_facts_range *range)
{
    AVDictionary *tags = NULL;
    if (vf_tags_of_file(&tags, format->metadata) < 0)
        records->err = -ENOMEM;
    add_tags(records, VF_RECORD_FILE_TAGS, tags);
    av_dict_free(&tags);
    for (unsigned i = 0; i < format->nb_chapters && i < MAX_CHAPTERS; i++)
        add_chapter(records, format->chapters[i], range);
}

static void add_stream(struct vf_records *records, const AVStream *stream)
{
    AVDictionary *tags = NULL;
    if (vf_tags_of_stream(&tags, stream->metadata) < 0)
        records->err = -ENOMEM;
    add_tags(records, VF_RECORD_STREAM_TAGS, tags);
    av_dict_free(&tags);
    const uint32_t disposition = (uint32_t)stream->disposition;
    if (disposition)
        vf_records_add(records, VF_RECORD_DISPOSITION, 0, &disposition, sizeof(disposition));
    vf_stream_side_add(records, stream);
}

void vf_facts_add(struct vf_records *records, const AVFormatContext *format, const AVStream *stream,
                  const struct vf_facts_range *range)
{
    if (format)
        add_file(records, format, range);
    if (stream)
        add_stream(records, stream);
}

static void add_attachment(struct vf_records *records, const AVStream *stream, const uint8_t *bytes,
                           size_t size)
{
    const AVCodecParameters *parameters = stream->codecpar;
    size_t tags_size = 0;
    uint8_t *tags =
        stream->metadata ? av_packet_pack_dictionary(stream->metadata, &tags_size) : NULL;
    struct attachment_record head = {
        .width = parameters->width,
        .height = parameters->height,
        .tags_size = tags ? (uint32_t)tags_size : 0,
        .is_picture = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0,
    };
    snprintf(head.codec, sizeof(head.codec), "%s", avcodec_get_name(parameters->codec_id));
    size_t front_size = sizeof(head) + head.tags_size;
    uint8_t *front = malloc(front_size);
    if (front) {
        memcpy(front, &head, sizeof(head));
        if (tags)
            memcpy(front + sizeof(head), tags, head.tags_size);
        const struct vf_record record = {VF_RECORD_ATTACHMENT, 0, front, front_size};
        vf_records_add_two(records, &record, bytes, size);
    } else {
        records->err = -ENOMEM;
    }
    free(front);
    av_free(tags);
}

bool vf_facts_add_attachments(struct vf_records *records, const AVFormatContext *format)
{
    size_t before = records->size;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        const AVCodecParameters *parameters = stream->codecpar;
        bool is_picture = stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
        bool is_file = parameters->codec_type == AVMEDIA_TYPE_ATTACHMENT;
        size_t size = is_picture ? (size_t)stream->attached_pic.size
                      : is_file  ? (size_t)parameters->extradata_size
                                 : 0;
        if (size && records->size - before + size <= MAX_ATTACHMENT_BYTES)
            add_attachment(records, stream,
                           is_picture ? stream->attached_pic.data : parameters->extradata, size);
    }
    return records->size > before;
}

static int read_tags(AVDictionary **tags, const uint8_t *bytes, size_t size)
{
    if (!size || bytes[size - 1] != '\0')
        return VF_OK;
    return av_packet_unpack_dictionary(bytes, size, tags) == AVERROR(ENOMEM) ? -ENOMEM : VF_OK;
}

static int read_chapter(struct vf_facts *facts, const struct vf_record *record)
{
    struct chapter_record head;
    if (record->size < sizeof(head) || facts->chapter_count == MAX_CHAPTERS)
        return VF_OK;
    memcpy(&head, record->bytes, sizeof(head));
    if (head.end_us <= head.start_us)
        return VF_OK;
    struct vf_chapter *more =
        realloc(facts->chapters, (facts->chapter_count + 1) * sizeof(*facts->chapters));
    if (!more)
        return -ENOMEM;
    facts->chapters = more;
    struct vf_chapter *chapter = &facts->chapters[facts->chapter_count++];
    *chapter = (struct vf_chapter){head.id, head.start_us, head.end_us, NULL};
    return read_tags(&chapter->tags, record->bytes + sizeof(head), record->size - sizeof(head));
}

static int read_attachment(struct vf_facts *facts, const struct vf_record *record)
{
    struct attachment_record head;
    if (record->size < sizeof(head) || facts->attachment_count == MAX_ATTACHMENTS)
        return VF_OK;
    memcpy(&head, record->bytes, sizeof(head));
    if (head.tags_size > record->size - sizeof(head) ||
        !memchr(head.codec, '\0', sizeof(head.codec)))
        return VF_OK;
    struct vf_attachment *more =
        realloc(facts->attachments, (facts->attachment_count + 1) * sizeof(*facts->attachments));
    if (!more)
        return -ENOMEM;
    facts->attachments = more;
    struct vf_attachment *attachment = &facts->attachments[facts->attachment_count++];
    *attachment = (struct vf_attachment){
        .is_picture = head.is_picture,
        .width = head.width,
        .height = head.height,
        .bytes = record->bytes + sizeof(head) + head.tags_size,
        .size = record->size - sizeof(head) - head.tags_size,
    };
    memcpy(attachment->codec, head.codec, sizeof(head.codec));
    return read_tags(&attachment->tags, record->bytes + sizeof(head), head.tags_size);
}

static int read_record(struct vf_facts *facts, const struct vf_record *record)
{
    uint32_t disposition;
    switch (record->kind) {
    case VF_RECORD_FILE_TAGS:
        return read_tags(&facts->file_tags, record->bytes, record->size);
    case VF_RECORD_STREAM_TAGS:
        return read_tags(&facts->stream_tags, record->bytes, record->size);
    case VF_RECORD_DISPOSITION:
        if (record->size == sizeof(disposition)) {
            memcpy(&disposition, record->bytes, sizeof(disposition));
            facts->disposition = (int)disposition;
        }
        return VF_OK;
    case VF_RECORD_CHAPTER:
        return read_chapter(facts, record);
    case VF_RECORD_ATTACHMENT:
        return read_attachment(facts, record);
    case VF_RECORD_STREAM_SIDE:
    case VF_RECORD_FRAME_SIDE:
    case VF_RECORD_PACKET_SIDE:
    default:
        return VF_OK;
    }
}

int vf_facts_read(struct vf_facts *facts, const uint8_t *extras, size_t size)
{
    *facts = (struct vf_facts){.records = malloc(size ? size : 1), .size = size};
    if (!facts->records)
        return -ENOMEM;
    if (size)
        memcpy(facts->records, extras, size);
    struct vf_record record;
    size_t place = 0;
    int err = VF_OK;
    while (!err && vf_record_next(facts->records, size, &place, &record))
        err = read_record(facts, &record);
    if (err)
        vf_facts_finish(facts);
    return err;
}

void vf_facts_finish(struct vf_facts *facts)
{
    for (size_t i = 0; i < facts->chapter_count; i++)
        av_dict_free(&facts->chapters[i].tags);
    for (size_t i = 0; i < facts->attachment_count; i++)
        av_dict_free(&facts->attachments[i].tags);
    av_dict_free(&facts->file_tags);
    av_dict_free(&facts->stream_tags);
    free(facts->chapters);
    free(facts->attachments);
    free(facts->records);
    *facts = (struct vf_facts){0};
}
