/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/frame_facts.h"

#include <errno.h>
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <string.h>

#include "engine/media/facts/records.h"
#include "engine/media/facts/side_data.h"

/* Makes the records the frame's extras, which it keeps where they are the same, and takes its side
 * data from it. */
static int set_extras(AVFrame *frame, const struct vf_records *records)
{
    const AVBufferRef *old = frame->opaque_ref;
    vf_side_data_remove(frame);
    if (records->err)
        return records->err;
    if (old && old->size == records->size && memcmp(old->data, records->bytes, records->size) == 0)
        return VF_OK;
    av_buffer_unref(&frame->opaque_ref);
    if (!records->size)
        return VF_OK;
    frame->opaque_ref = av_buffer_alloc(records->size);
    if (!frame->opaque_ref)
        return -ENOMEM;
    memcpy(frame->opaque_ref->data, records->bytes, records->size);
    return VF_OK;
}

int vf_frame_facts_attach(AVFrame *frame, const struct vf_records *facts)
{
    struct vf_records records = {0};
    if (facts)
        vf_records_append(&records, facts->bytes, facts->size);
    vf_side_data_add(&records, frame);
    int err = set_extras(frame, &records);
    vf_records_finish(&records);
    return err;
}

int vf_frame_facts_restore(AVFrame *frame)
{
    struct vf_record record;
    size_t place = 0;
    int err = VF_OK;
    const AVBufferRef *extras = frame->opaque_ref;
    while (!err && extras && vf_record_next(extras->data, extras->size, &place, &record)) {
        if (record.kind == VF_RECORD_FRAME_SIDE)
            err = vf_side_data_restore(frame, &record);
    }
    return err;
}

/* Returns what a frame calls what its stream says of the display and the light; -1: it is another. */
static int light_type(unsigned type)
{
    switch (type) {
    case AV_PKT_DATA_MASTERING_DISPLAY_METADATA:
        return AV_FRAME_DATA_MASTERING_DISPLAY_METADATA;
    case AV_PKT_DATA_CONTENT_LIGHT_LEVEL:
        return AV_FRAME_DATA_CONTENT_LIGHT_LEVEL;
    default:
        return -1;
    }
}

int vf_frame_facts_light(AVFrame *frame)
{
    struct vf_record record;
    size_t place = 0;
    int err = VF_OK;
    const AVBufferRef *extras = frame->opaque_ref;
    while (!err && extras && vf_record_next(extras->data, extras->size, &place, &record)) {
        int type = record.kind == VF_RECORD_STREAM_SIDE ? light_type(record.detail) : -1;
        if (type < 0 || av_frame_get_side_data(frame, (enum AVFrameSideDataType)type))
            continue;
        record.kind = VF_RECORD_FRAME_SIDE;
        record.detail = (unsigned)type;
        err = vf_side_data_restore(frame, &record);
    }
    return err;
}

int vf_frame_facts_collect(AVFrame *frame)
{
    struct vf_records records = {0};
    struct vf_record record;
    size_t place = 0;
    const AVBufferRef *extras = frame->opaque_ref;
    if (!extras && !frame->nb_side_data)
        return VF_OK;
    while (extras && vf_record_next(extras->data, extras->size, &place, &record)) {
        if (record.kind != VF_RECORD_FRAME_SIDE)
            vf_records_add(&records, record.kind, record.detail, record.bytes, record.size);
    }
    vf_side_data_add(&records, frame);
    int err = set_extras(frame, &records);
    vf_records_finish(&records);
    return err;
}
