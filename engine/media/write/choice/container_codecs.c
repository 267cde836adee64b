/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container_codecs.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <stddef.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/write/choice/container_traits.h"

/* Lends the names of what the container can hold of one kind; NULL: there is no such list. */
static const char *find_held(const struct vf_container_traits *traits, enum AVMediaType type)
{
    return type == AVMEDIA_TYPE_AUDIO   ? traits->holds_sound
           : type == AVMEDIA_TYPE_VIDEO ? traits->holds_video
                                        : NULL;
}

bool vf_container_holds_pictures(const AVOutputFormat *container)
{
    bool is_of_sound = container->audio_codec != AV_CODEC_ID_NONE;
    return container->video_codec != AV_CODEC_ID_NONE &&
           !(is_of_sound && container->video_codec == AV_CODEC_ID_PNG);
}

/* Matroska says that it holds all, and then fails where it has neither a name nor a tag. */
static bool is_named(const AVOutputFormat *container, enum AVCodecID codec)
{
    return avcodec_get_type(codec) != AVMEDIA_TYPE_AUDIO || !container->codec_tag ||
           avformat_query_codec(container, codec, FF_COMPLIANCE_NORMAL) > 0 ||
           av_codec_get_tag(container->codec_tag, codec) != 0;
}

/* Returns whom to ask for the codecs: Matroska for sound alone knows only some of those that it
 * holds. */
static const AVOutputFormat *find_speaker(const AVOutputFormat *container, enum AVMediaType type)
{
    bool is_partial = type == AVMEDIA_TYPE_AUDIO && av_match_name(container->name, "matroska");
    const AVOutputFormat *speaker = is_partial ? av_guess_format("matroska", NULL, NULL) : NULL;
    return speaker ? speaker : container;
}

/* Where libavformat does not know, a file of nothing but one codec's bytes holds that codec only;
 * any other container that has a codec of the kind may hold others. */
bool vf_container_holds(const AVOutputFormat *container, enum AVCodecID codec)
{
    enum AVMediaType type = avcodec_get_type(codec);
    const char *name = avcodec_get_name(codec);
    const struct vf_container_traits *traits = vf_container_traits(container);
    const char *list = find_held(traits, type);
    if (list)
        return av_match_name(name, list);
    container = find_speaker(container, type);
    enum AVCodecID usual =
        type == AVMEDIA_TYPE_AUDIO ? container->audio_codec : container->video_codec;
    /* Matroska can hold anything that AVI can, which is how it holds PNG. */
    int answer = avformat_query_codec(container, codec, FF_COMPLIANCE_UNOFFICIAL);
    bool is_raw =
        container->flags & AVFMT_NOTIMESTAMPS && container->audio_codec == AV_CODEC_ID_NONE;
    bool is_of_one = is_raw || (!container->codec_tag && !vf_container_holds_pictures(container));
    bool may_hold = is_of_one ? codec == usual : usual != AV_CODEC_ID_NONE;
    bool is_refused = traits->refuses && av_match_name(name, traits->refuses);
    bool is_held = answer > 0 ? is_named(container, codec) : answer < 0 && may_hold;
    return is_held && !is_refused;
}

bool vf_container_keeps_raw(const AVOutputFormat *container, const char *format)
{
    const char *kept = vf_container_traits(container)->raw_formats;
    if (kept && strcmp(kept, "*") == 0)
        return avcodec_pix_fmt_to_codec_tag(av_get_pix_fmt(format)) != 0;
    return !kept || av_match_name(format, kept);
}

/* MP3 has one rate more than the other codecs of FLV. */
static bool fits_flv(const AVCodecParameters *parameters)
{
    static const int rates[] = {48000, 44100, 22050, 11025};
    for (size_t i = parameters->codec_id != AV_CODEC_ID_MP3; i < VF_COUNT(rates); i++) {
        if (parameters->sample_rate == rates[i])
            return true;
    }
    return parameters->codec_id == AV_CODEC_ID_AAC;
}

bool vf_container_holds_rate(const AVOutputFormat *container, const AVCodecParameters *parameters)
{
    const struct vf_container_traits *traits = vf_container_traits(container);
    if (traits->sample_rate && parameters->sample_rate != traits->sample_rate)
        return false;
    return !av_match_name(container->name, "flv") || fits_flv(parameters);
}

bool vf_container_surely_holds(const AVOutputFormat *container, const AVCodecParameters *parameters)
{
    enum AVCodecID codec = parameters->codec_id;
    const struct vf_container_traits *traits = vf_container_traits(container);
    bool is_doubtful = traits->doubts && av_match_name(avcodec_get_name(codec), traits->doubts);
    return !is_doubtful && vf_container_holds_rate(container, parameters) &&
           vf_container_holds(container, codec);
}
