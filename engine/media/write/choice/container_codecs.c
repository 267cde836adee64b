/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container_codecs.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stddef.h>

#include "engine/base/array.h"

/* Where libavformat does not know, or says yes and then fails, or writes what nobody can read. Only
 * what is named here can be held: codecs by their names, of sound and of video; NULL: as
 * libavformat says. */
static const struct {
    const char *containers, *sound, *video;
} held[] = {
    {"mpegts,rtp_mpegts", "aac,aac_latm,mp1,mp2,mp3,ac3,eac3,dts,truehd,opus,s302m,pcm_bluray",
     "h264,hevc,mpeg1video,mpeg2video,mpeg4,vc1,cavs,avs2,avs3,dirac,jpeg2000"},
    {"hls", "aac,mp1,mp2,mp3,ac3,eac3,dts,opus", NULL},
    {"mpeg,vob,svcd,vcd,dvd", "mp1,mp2,mp3,ac3,dts,pcm_dvd,pcm_s16be",
     "mpeg1video,mpeg2video,mpeg4,h264,hevc"},
    {"mxf,mxf_d10,mxf_opatom", "pcm_s16le,pcm_s24le", NULL},
    {"gif", NULL, "gif"},
    {"yuv4mpegpipe", NULL, "wrapped_avframe"},
    {"apng", NULL, "apng"},
    {"ogg,oga,ogv,spx,opus", "vorbis,opus,flac,speex", "theora,vp8"},
};

/* What libavformat says yes to, and should not. */
static const struct {
    const char *containers, *codecs;
} refused[] = {
    {"mov", "opus,flac,truehd,vp8,vp9,av1"},
    {"avi", "flac"},
};

static bool is_refused(const AVOutputFormat *container, const char *codec)
{
    for (size_t i = 0; i < VF_COUNT(refused); i++) {
        if (av_match_name(container->name, refused[i].containers))
            return av_match_name(codec, refused[i].codecs);
    }
    return false;
}

/* Lends the names of what the container can hold of one kind; NULL: there is no such list. */
static const char *find_held(const AVOutputFormat *container, enum AVMediaType type)
{
    for (size_t i = 0; i < VF_COUNT(held); i++) {
        if (av_match_name(container->name, held[i].containers))
            return type == AVMEDIA_TYPE_AUDIO   ? held[i].sound
                   : type == AVMEDIA_TYPE_VIDEO ? held[i].video
                                                : NULL;
    }
    return NULL;
}

/* Where libavformat does not know, a file of nothing but one codec's bytes holds that codec only;
 * any other container that has a codec of the kind may hold others. */
bool vf_container_holds(const AVOutputFormat *container, enum AVCodecID codec)
{
    enum AVMediaType type = avcodec_get_type(codec);
    const char *name = avcodec_get_name(codec);
    const char *list = find_held(container, type);
    if (list)
        return av_match_name(name, list);
    enum AVCodecID usual =
        type == AVMEDIA_TYPE_AUDIO ? container->audio_codec : container->video_codec;
    /* Matroska can hold anything that AVI can, which is how it holds PNG. */
    int answer = avformat_query_codec(container, codec, FF_COMPLIANCE_UNOFFICIAL);
    bool is_raw =
        container->flags & AVFMT_NOTIMESTAMPS && container->audio_codec == AV_CODEC_ID_NONE;
    bool may_hold = is_raw ? codec == usual : usual != AV_CODEC_ID_NONE;
    return (answer > 0 || (answer < 0 && may_hold)) && !is_refused(container, name);
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

int vf_container_sample_rate(const AVOutputFormat *container)
{
    return av_match_name(container->name, "mxf,mxf_d10,mxf_opatom") ? 48000 : 0;
}

bool vf_container_surely_holds(const AVOutputFormat *container, const AVCodecParameters *parameters)
{
    enum AVCodecID codec = parameters->codec_id;
    bool is_experimental = codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_TRUEHD;
    if (is_experimental && av_match_name(container->name, "mp4,ipod,psp,f4v"))
        return false;
    int rate = vf_container_sample_rate(container);
    if (rate && parameters->sample_rate != rate)
        return false;
    if (av_match_name(container->name, "flv") && !fits_flv(parameters))
        return false;
    return vf_container_holds(container, codec);
}
