/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/decoder_choice.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/read/open/settings.h"

int vf_decoder_choice_check(const struct vf_media_settings *settings, char *problem, size_t size)
{
    const char *name = settings->decoder;
    struct vf_text_nearest nearest = {.wanted = name};
    const AVCodec *decoder = avcodec_find_decoder_by_name(name);
    if (!name[0] || (decoder && decoder->type == AVMEDIA_TYPE_VIDEO))
        return VF_OK;
    void *position = NULL;
    for (const AVCodec *codec; (codec = av_codec_iterate(&position));) {
        if (codec->type == AVMEDIA_TYPE_VIDEO && av_codec_is_decoder(codec))
            vf_text_nearest_consider(&nearest, codec->name);
    }
    snprintf(problem, size, "this libavcodec has no video decoder \"%s\"%s", name,
             vf_text_suggest_or(&nearest, "`ffmpeg -decoders` lists what a libavcodec has, such as "
                                          "libvpx-vp9 or h264"));
    return -EINVAL;
}

static bool has_alpha(const AVStream *stream)
{
    const AVDictionaryEntry *mode = av_dict_get(stream->metadata, "alpha_mode", NULL, 0);
    enum AVCodecID codec = stream->codecpar->codec_id;
    bool is_beside = codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_VP9;
    return is_beside && mode && strcmp(mode->value, "1") == 0;
}

static const AVCodec *alpha_decoder(enum AVCodecID codec)
{
    return avcodec_find_decoder_by_name(codec == AV_CODEC_ID_VP8 ? "libvpx" : "libvpx-vp9");
}

const AVCodec *vf_decoder_choose(const struct vf_media_settings *settings, const AVStream *stream,
                                 bool is_told)
{
    enum AVCodecID codec = stream->codecpar->codec_id;
    const AVCodec *usual = avcodec_find_decoder(codec);
    const AVCodec *named = avcodec_find_decoder_by_name(settings->decoder);
    if (named && named->id == codec)
        return named;
    if (named && is_told)
        vf_log(VF_LOG_WARNING, "the decoder %s is not for %s: the usual one is taken", named->name,
               avcodec_get_name(codec));
    if (!has_alpha(stream))
        return usual;
    const AVCodec *complete = alpha_decoder(codec);
    if (complete && settings->hw == VF_HARDWARE_OFF)
        return complete;
    if (is_told)
        vf_log(VF_LOG_WARNING, "the transparency of the pictures is lost: only %s decodes it%s",
               codec == AV_CODEC_ID_VP8 ? "libvpx" : "libvpx-vp9",
               complete ? ", without hw" : ", which this libavcodec lacks");
    return usual;
}

int vf_decoder_choice_format(const AVCodec *decoder, const AVStream *stream, int format)
{
    bool is_complete = has_alpha(stream) && decoder == alpha_decoder(stream->codecpar->codec_id);
    return is_complete && format == AV_PIX_FMT_YUV420P ? AV_PIX_FMT_YUVA420P : format;
}
