/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container_form.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdbool.h>

#include "engine/base/array.h"

/* How packets come, by what their parameters say. */
enum form {
    ANY,
    HEADER_IN_PACKETS, /* no extra data: each packet has its own header */
    LENGTHS,           /* ISO: units behind their lengths, not behind start codes */
};

/* Of a codec in a form, which containers need a filter. NULL: all that want their headers in
 * front, not in the packets. What is not listed is copied as it is, or brought into its form by the
 * muxer itself, whenever its header is written. */
static const struct {
    enum AVCodecID codec;
    enum form form;
    const char *containers, *filter;
} forms[] = {
    {AV_CODEC_ID_AAC, HEADER_IN_PACKETS, NULL, "aac_adtstoasc"},
    {AV_CODEC_ID_H264, LENGTHS, "mpegts,rtp_mpegts,mpeg,vob,dvd,svcd,avi", "h264_mp4toannexb"},
    {AV_CODEC_ID_HEVC, LENGTHS, "mpegts,rtp_mpegts,mpeg,vob,dvd,svcd,avi", "hevc_mp4toannexb"},
    {AV_CODEC_ID_VP9, ANY, "mp4,mov,ipod,ismv,f4v,matroska,webm,ivf,nut,avi", "vp9_superframe"},
};

static bool has_form(const AVCodecParameters *parameters, enum form form)
{
    switch (form) {
    case HEADER_IN_PACKETS:
        return !parameters->extradata_size;
    case LENGTHS:
        return parameters->extradata_size && parameters->extradata[0] == 1;
    case ANY:
    default:
        return true;
    }
}

const char *vf_container_form_filter(const AVOutputFormat *container,
                                     const AVCodecParameters *parameters)
{
    for (size_t i = 0; i < VF_COUNT(forms); i++) {
        const char *containers = forms[i].containers;
        bool is_listed = containers ? av_match_name(container->name, containers)
                                    : container->flags & AVFMT_GLOBALHEADER;
        if (parameters->codec_id == forms[i].codec && is_listed &&
            has_form(parameters, forms[i].form))
            return forms[i].filter;
    }
    return NULL;
}
