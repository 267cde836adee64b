/* SPDX-License-Identifier: MIT */
#include "engine/media/read/source_facts.h"

#include <errno.h>
#include <libavformat/avformat.h>

#include "engine/media/facts/file/facts.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/extent.h"
#include "engine/media/read/open/stream_choice.h"

/* More than that goes with the first message only: the rest need not carry a hundred chapters. */
#define MAX_USUAL_BYTES 2048

/* Leaves out the display matrix, which has been obeyed. */
static void append_turned(struct vf_records *to, const struct vf_records *from)
{
    struct vf_record record;
    size_t place = 0;
    while (vf_record_next(from->bytes, from->size, &place, &record)) {
        bool is_matrix =
            record.kind == VF_RECORD_STREAM_SIDE && record.detail == AV_PKT_DATA_DISPLAYMATRIX;
        if (!is_matrix)
            vf_records_add(to, record.kind, record.detail, record.bytes, record.size);
    }
}

/* Appends what is small enough to go with each message: of the stream first. */
static void append_usual(struct vf_records *to, const struct vf_records *from)
{
    struct vf_record record;
    size_t place = 0;
    if (from->size <= MAX_USUAL_BYTES) {
        vf_records_append(to, from->bytes, from->size);
        return;
    }
    while (vf_record_next(from->bytes, from->size, &place, &record)) {
        bool is_needed = record.kind != VF_RECORD_CHAPTER;
        if (is_needed && to->size + record.size < MAX_USUAL_BYTES)
            vf_records_add(to, record.kind, record.detail, record.bytes, record.size);
    }
}

static int gather_stream(struct vf_source_facts *facts, const struct vf_demuxer *demuxer,
                         const struct vf_source_facts_order *order, enum vf_stream kind)
{
    const AVFormatContext *format = vf_demuxer_format(demuxer);
    const AVStream *stream = vf_demuxer_stream(demuxer, kind);
    int64_t begin_us = vf_media_begin_us(format);
    const struct vf_facts_range range = {
        .start_us = begin_us + order->start_us,
        .end_us = order->end_us == INT64_MAX ? INT64_MAX : begin_us + order->end_us,
        .offset_us = order->offset_us,
    };
    bool is_bearer = kind == VF_STREAM_VIDEO || kind == VF_STREAM_PACKETS ||
                     (order->is_silent && vf_stream_base(kind) == VF_STREAM_AUDIO);
    struct vf_records all = {0};
    struct vf_records *first = &facts->first[kind], *usual = &facts->usual[kind];
    vf_facts_add(&all, is_bearer ? format : NULL, stream, &range);
    if (kind == VF_STREAM_VIDEO && order->is_turned)
        append_turned(first, &all);
    else
        vf_records_append(first, all.bytes, all.size);
    append_usual(usual, first);
    if (is_bearer)
        (void)vf_facts_add_attachments(first, format);
    int err = all.err ? all.err : first->err ? first->err : usual->err;
    vf_records_finish(&all);
    return err;
}

int vf_source_facts_gather(struct vf_source_facts *facts, const struct vf_demuxer *demuxer,
                           const struct vf_source_facts_order *order)
{
    int err = VF_OK;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT && !err; kind++) {
        vf_records_finish(&facts->usual[kind]);
        vf_records_finish(&facts->first[kind]);
        if (vf_demuxer_stream(demuxer, kind))
            err = gather_stream(facts, demuxer, order, kind);
    }
    return err;
}

const struct vf_records *vf_source_facts_next(const struct vf_source_facts *facts,
                                              enum vf_stream kind)
{
    return facts->is_first_sent[kind] ? &facts->usual[kind] : &facts->first[kind];
}

void vf_source_facts_finish(struct vf_source_facts *facts)
{
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        vf_records_finish(&facts->usual[kind]);
        vf_records_finish(&facts->first[kind]);
    }
}
