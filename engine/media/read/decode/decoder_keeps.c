/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/decoder_keeps.h"

#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/array.h"

#define MOST_REFERENCES 16

/* What a level allows: of H.264 macroblocks in all reference pictures together, of HEVC luma
 * samples in one picture. */
struct level {
    int level;
    int64_t samples;
};

/* ITU-T H.264, table A-1. */
static const struct level h264_levels[] = {
    {11, 396},   {12, 2376},  {20, 2376},  {21, 4752},   {30, 8100},   {31, 18000},
    {32, 20480}, {41, 32768}, {42, 34816}, {50, 110400}, {52, 184320}, {62, 696320},
};

/* ITU-T H.265, table A.8. */
static const struct level hevc_levels[] = {
    {30, 36864},  {60, 122880},   {63, 245760},   {90, 552960},
    {93, 983040}, {123, 2228224}, {156, 8912896}, {186, 35651584},
};

static int64_t find_level(const struct level *levels, size_t count, int level)
{
    for (size_t i = 0; i < count; i++) {
        if (level <= levels[i].level)
            return levels[i].samples;
    }
    return 0;
}

static unsigned h264_references(int level, int width, int height)
{
    int64_t blocks = ((int64_t)width + 15) / 16 * (((int64_t)height + 15) / 16);
    int64_t allowed = level > 0 ? find_level(h264_levels, VF_COUNT(h264_levels), level) : 0;
    if (!allowed || !blocks || allowed / blocks > MOST_REFERENCES)
        return MOST_REFERENCES;
    return allowed < blocks ? 1 : (unsigned)(allowed / blocks);
}

/* ITU-T H.265, A.4.2: small pictures of a level may be kept in greater number. */
static unsigned hevc_references(int level, int width, int height)
{
    int64_t samples = (int64_t)width * height;
    int64_t allowed = level > 0 ? find_level(hevc_levels, VF_COUNT(hevc_levels), level) : 0;
    if (!allowed || samples * 4 <= allowed)
        return MOST_REFERENCES;
    if (samples * 2 <= allowed)
        return 12;
    return samples * 4 <= allowed * 3 ? 8 : 6;
}

unsigned vf_decoder_keeps(const AVCodecContext *context, int coded_width, int coded_height,
                          unsigned threads)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(context->codec_id);
    const AVCodec *codec = context->codec;
    bool has_threads = codec && codec->capabilities & AV_CODEC_CAP_FRAME_THREADS;
    unsigned references = MOST_REFERENCES;
    switch (context->codec_id) {
    case AV_CODEC_ID_H264:
        references = h264_references(context->level, coded_width, coded_height);
        break;
    case AV_CODEC_ID_HEVC:
        references = hevc_references(context->level, coded_width, coded_height);
        break;
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
        references = 2;
        break;
    case AV_CODEC_ID_FFV1:
        references = 1;
        break;
    case AV_CODEC_ID_VP8:
        references = 3;
        break;
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
        references = 8;
        break;
    default:
        if (descriptor && descriptor->props & AV_CODEC_PROP_INTRA_ONLY)
            references = 0;
        break;
    }
    return references + (has_threads ? threads : 1);
}
