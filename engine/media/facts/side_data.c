/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/side_data.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/hdr_dynamic_metadata.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
#include <string.h>

#include "engine/base/array.h"

#define TIMECODE_BYTES (4 * sizeof(uint32_t))
#define MATRIX_BYTES (9 * sizeof(int32_t))
#define A_STRUCT(type) sizeof(type), sizeof(type)

static const struct vf_side_extent of_frames[] = {
    {AV_FRAME_DATA_A53_CC, 1, 1 << 16},
    {AV_FRAME_DATA_AFD, 1, 1},
    {AV_FRAME_DATA_DISPLAYMATRIX, MATRIX_BYTES, MATRIX_BYTES},
    {AV_FRAME_DATA_STEREO3D, A_STRUCT(AVStereo3D)},
    {AV_FRAME_DATA_SPHERICAL, A_STRUCT(AVSphericalMapping)},
    {AV_FRAME_DATA_S12M_TIMECODE, TIMECODE_BYTES, TIMECODE_BYTES},
    {AV_FRAME_DATA_GOP_TIMECODE, A_STRUCT(int64_t)},
    {AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, A_STRUCT(AVMasteringDisplayMetadata)},
    {AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, A_STRUCT(AVContentLightMetadata)},
    {AV_FRAME_DATA_DYNAMIC_HDR_PLUS, A_STRUCT(AVDynamicHDRPlus)},
    {AV_FRAME_DATA_ICC_PROFILE, 1, 16 << 20},
    {AV_FRAME_DATA_SEI_UNREGISTERED, 16, 1 << 16}, /* a UUID, then anything */
    {AV_FRAME_DATA_DOVI_RPU_BUFFER, 1, 1 << 16},
};

bool vf_side_data_fits(const struct vf_side_extent *extents, size_t count, int type, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (extents[i].type == type)
            return size >= extents[i].least && size <= extents[i].most;
    }
    return false;
}

static bool fits(int type, size_t size)
{
    return vf_side_data_fits(of_frames, VF_COUNT(of_frames), type, size);
}

void vf_side_data_add(struct vf_records *records, const AVFrame *frame)
{
    for (int i = 0; i < frame->nb_side_data; i++) {
        const AVFrameSideData *side = frame->side_data[i];
        if (fits((int)side->type, side->size))
            vf_records_add(records, VF_RECORD_FRAME_SIDE, side->type, side->data, side->size);
    }
}

int vf_side_data_restore(AVFrame *frame, const struct vf_record *record)
{
    if (!fits((int)record->detail, record->size))
        return VF_OK;
    AVFrameSideData *side =
        av_frame_new_side_data(frame, (enum AVFrameSideDataType)record->detail, record->size);
    if (!side)
        return -ENOMEM;
    memcpy(side->data, record->bytes, record->size);
    return VF_OK;
}

void vf_side_data_remove(AVFrame *frame)
{
    for (size_t i = 0; i < VF_COUNT(of_frames) && frame->nb_side_data; i++)
        av_frame_remove_side_data(frame, (enum AVFrameSideDataType)of_frames[i].type);
}
