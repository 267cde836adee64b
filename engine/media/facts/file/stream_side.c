/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/file/stream_side.h"

#include <errno.h>
#include <libavcodec/defs.h>
#include <libavformat/avformat.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/replaygain.h>
#include <libavutil/spherical.h>
#include <libavutil/stereo3d.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/facts/side_data.h"
#include "engine/media/libav/compat.h"

#define MATRIX_BYTES (9 * sizeof(int32_t))
#define A_STRUCT(type) sizeof(type), sizeof(type)

static const struct vf_side_extent of_streams[] = {
    {AV_PKT_DATA_DISPLAYMATRIX, MATRIX_BYTES, MATRIX_BYTES},
    {AV_PKT_DATA_STEREO3D, A_STRUCT(AVStereo3D)},
    {AV_PKT_DATA_SPHERICAL, A_STRUCT(AVSphericalMapping)},
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, A_STRUCT(AVMasteringDisplayMetadata)},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, A_STRUCT(AVContentLightMetadata)},
    {AV_PKT_DATA_ICC_PROFILE, 1, 16 << 20},
    {AV_PKT_DATA_DOVI_CONF, A_STRUCT(AVDOVIDecoderConfigurationRecord)},
    {AV_PKT_DATA_REPLAYGAIN, A_STRUCT(AVReplayGain)},
    {AV_PKT_DATA_AUDIO_SERVICE_TYPE, A_STRUCT(enum AVAudioServiceType)},
};

/* What holds for all pictures of a stream, by its type of a frame and that of a stream. */
static const int lasting[][2] = {
    {AV_FRAME_DATA_DISPLAYMATRIX, AV_PKT_DATA_DISPLAYMATRIX},
    {AV_FRAME_DATA_STEREO3D, AV_PKT_DATA_STEREO3D},
    {AV_FRAME_DATA_SPHERICAL, AV_PKT_DATA_SPHERICAL},
    {AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_MASTERING_DISPLAY_METADATA},
    {AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AV_PKT_DATA_CONTENT_LIGHT_LEVEL},
    {AV_FRAME_DATA_ICC_PROFILE, AV_PKT_DATA_ICC_PROFILE},
};

void vf_stream_side_add(struct vf_records *records, const AVStream *stream)
{
    const AVPacketSideData *sides = vf_compat_stream_side_data(stream);
    for (int i = 0; i < vf_compat_stream_side_data_count(stream); i++) {
        int type = (int)sides[i].type;
        if (vf_side_data_fits(of_streams, VF_COUNT(of_streams), type, sides[i].size))
            vf_records_add(records, VF_RECORD_STREAM_SIDE, sides[i].type, sides[i].data,
                           sides[i].size);
    }
}

/* Returns what a record's type is called in a stream; -1: it is nothing of a whole stream. */
static int stream_type(const struct vf_record *record)
{
    if (record->kind == VF_RECORD_STREAM_SIDE)
        return (int)record->detail;
    for (size_t i = 0; i < VF_COUNT(lasting); i++) {
        if (record->kind == VF_RECORD_FRAME_SIDE && lasting[i][0] == (int)record->detail)
            return lasting[i][1];
    }
    return -1;
}

int vf_stream_side_restore(AVStream *stream, const struct vf_record *record)
{
    int type = stream_type(record);
    if (!vf_side_data_fits(of_streams, VF_COUNT(of_streams), type, record->size))
        return VF_OK;
    const AVPacketSideData *sides = vf_compat_stream_side_data(stream);
    for (int i = 0; i < vf_compat_stream_side_data_count(stream); i++) {
        if ((int)sides[i].type == type)
            return VF_OK;
    }
    uint8_t *bytes =
        vf_compat_new_stream_side_data(stream, (enum AVPacketSideDataType)type, record->size);
    if (!bytes)
        return -ENOMEM;
    memcpy(bytes, record->bytes, record->size);
    return VF_OK;
}
