/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container_form.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

#include "engine/base/array.h"
#include "engine/media/write/choice/container_traits.h"

/* How packets come, by what their parameters say. */
enum form {
    ANY,
    HEADER_IN_FRONT,   /* extra data */
    HEADER_IN_PACKETS, /* no extra data: packets have their own headers */
    LENGTHS,           /* ISO: units after their lengths, not after start codes */
};

enum where {
    EVERYWHERE,
    WITH_HEADER,    /* containers that want the codec's header in front of all packets */
    WITHOUT_HEADER, /* those that want it in the packets */
    WITH_LENGTHS, /* those that hold H.264 and HEVC with lengths and the parameter sets in front */
    WITHOUT_LENGTHS, /* those that hold them with start codes, as a stream does */
    IN_AVI,
};

/* Start codes instead of lengths. This filter puts the parameter sets before IDR pictures only, so not
 * before the key frame of an open group. There nothing else may be in front of them: access unit
 * delimiters, which MPEG-TS makes itself, are left out. */
#define H264_UNITS "h264_mp4toannexb,filter_units=remove_types=9,dump_extra=freq=keyframe"

/* Of a codec in a form, which containers need filters; the first row that fits holds. What is not
 * listed is copied as it is, or brought into its form by the muxer itself, whenever its header is
 * written. */
static const struct {
    enum AVCodecID codec;
    enum form form;
    enum where where;
    struct vf_container_form filters;
} forms[] = {
    {AV_CODEC_ID_AAC, HEADER_IN_PACKETS, WITH_HEADER, {"aac_adtstoasc", true}},
    {AV_CODEC_ID_H264, LENGTHS, WITHOUT_LENGTHS, {H264_UNITS, false}},
    {AV_CODEC_ID_HEVC, LENGTHS, WITHOUT_LENGTHS, {"hevc_mp4toannexb", false}},
    {AV_CODEC_ID_H264, HEADER_IN_PACKETS, WITH_LENGTHS, {"extract_extradata", true}},
    {AV_CODEC_ID_HEVC, HEADER_IN_PACKETS, WITH_LENGTHS, {"extract_extradata", true}},
    {AV_CODEC_ID_MPEG4, ANY, IN_AVI, {NULL, false}},
    {AV_CODEC_ID_MPEG4, ANY, WITH_HEADER, {"mpeg4_unpack_bframes", false}},
    {AV_CODEC_ID_MPEG4, ANY, EVERYWHERE, {"mpeg4_unpack_bframes,dump_extra=freq=keyframe", false}},
    {AV_CODEC_ID_MPEG1VIDEO, HEADER_IN_FRONT, WITHOUT_HEADER, {"dump_extra=freq=keyframe", false}},
    {AV_CODEC_ID_MPEG2VIDEO, HEADER_IN_FRONT, WITHOUT_HEADER, {"dump_extra=freq=keyframe", false}},
    {AV_CODEC_ID_VP9, ANY, EVERYWHERE, {"vp9_superframe", false}},
    {AV_CODEC_ID_AV1, HEADER_IN_PACKETS, WITH_HEADER, {"extract_extradata", true}},
};

static bool is_in_form(const AVCodecParameters *parameters, enum form form)
{
    switch (form) {
    case HEADER_IN_FRONT:
        return parameters->extradata_size > 0;
    case HEADER_IN_PACKETS:
        return parameters->extradata_size == 0;
    case LENGTHS:
        return parameters->extradata_size > 0 && parameters->extradata[0] == 1;
    case ANY:
    default:
        return true;
    }
}

static bool has_lengths(const AVOutputFormat *container)
{
    return vf_container_traits(container)->is_mp4 ||
           av_match_name(container->name, "matroska,webm,flv");
}

static bool is_there(const AVOutputFormat *container, enum where where)
{
    switch (where) {
    case WITH_HEADER:
        return container->flags & AVFMT_GLOBALHEADER;
    case WITHOUT_HEADER:
        return !(container->flags & AVFMT_GLOBALHEADER);
    case WITH_LENGTHS:
        return has_lengths(container);
    case WITHOUT_LENGTHS:
        return !has_lengths(container);
    case IN_AVI:
        return av_match_name(container->name, "avi");
    case EVERYWHERE:
    default:
        return true;
    }
}

struct vf_container_form vf_container_form(const AVOutputFormat *container,
                                           const AVCodecParameters *parameters)
{
    for (size_t i = 0; i < VF_COUNT(forms); i++) {
        if (parameters->codec_id == forms[i].codec && is_in_form(parameters, forms[i].form) &&
            is_there(container, forms[i].where))
            return forms[i].filters;
    }
    return (struct vf_container_form){NULL, false};
}
