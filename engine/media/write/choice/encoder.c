/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/settings.h"

/* Best first. A hardware encoder is never chosen unasked: that it is compiled in does not mean
 * that there is such hardware. */
static const struct {
    enum AVCodecID codec;
    const char *encoder;
} usual_encoders[] = {
    {AV_CODEC_ID_H264, "libx264"},     {AV_CODEC_ID_H264, "libopenh264"},
    {AV_CODEC_ID_HEVC, "libx265"},     {AV_CODEC_ID_AV1, "libsvtav1"},
    {AV_CODEC_ID_AV1, "libaom-av1"},   {AV_CODEC_ID_OPUS, "libopus"},
    {AV_CODEC_ID_VORBIS, "libvorbis"},
};

const AVCodec *vf_output_usual_encoder(enum AVCodecID codec)
{
    bool is_listed = false;
    for (size_t i = 0; i < VF_COUNT(usual_encoders); i++) {
        if (usual_encoders[i].codec != codec)
            continue;
        is_listed = true;
        const AVCodec *encoder = avcodec_find_encoder_by_name(usual_encoders[i].encoder);
        if (encoder)
            return encoder;
    }
    const AVCodec *encoder = avcodec_find_encoder(codec);
    bool is_hardware = encoder && encoder->capabilities & AV_CODEC_CAP_HARDWARE;
    return is_listed && is_hardware ? NULL : encoder;
}

const AVCodec *vf_output_find_encoder(const char *name)
{
    bool is_h265 = strcmp(name, "h265") == 0; /* libav says HEVC only */
    const AVCodecDescriptor *codec = avcodec_descriptor_get_by_name(is_h265 ? "hevc" : name);
    const AVCodec *usual = codec ? vf_output_usual_encoder(codec->id) : NULL;
    const AVCodec *encoder = avcodec_find_encoder_by_name(name);
    /* Where a codec and an encoder have one name ("opus"), the encoder may be an experiment. */
    bool is_doubtful = encoder && encoder->capabilities & AV_CODEC_CAP_EXPERIMENTAL;
    return encoder && !(is_doubtful && usual) ? encoder : usual;
}

int vf_output_refuse_encoder(const char *name, enum AVMediaType type,
                             const struct vf_output_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    char library[64]; /* "x264" means "libx264" */
    snprintf(library, sizeof(library), "lib%s", name);
    if (avcodec_find_encoder_by_name(library))
        nearest.wanted = library;
    void *position = NULL;
    for (const AVCodec *codec; (codec = av_codec_iterate(&position));) {
        if (codec->type == type && av_codec_is_encoder(codec))
            vf_text_nearest_consider(&nearest, codec->name);
    }
    const char *examples =
        type == AVMEDIA_TYPE_VIDEO ? "libx264, mpeg4 or ffv1" : "aac, libopus or flac";
    return VF_COMPLAIN(
        problem, -ENOTSUP, "%s: this libavcodec has no encoder \"%s\"%s",
        type == AVMEDIA_TYPE_VIDEO ? "codec" : "audio", name,
        vf_text_suggest_or(&nearest, "`ffmpeg -encoders` lists what a libavcodec has, such as %s",
                           examples));
}

static enum AVCodecID guess_codec(const AVOutputFormat *container, const char *path)
{
    enum AVCodecID usual = vf_container_traits(container)->video;
    if (usual != AV_CODEC_ID_NONE)
        return usual;
    return av_guess_codec(container, NULL, path, NULL, AVMEDIA_TYPE_VIDEO);
}

/* Lends the name of an option that is for encoding; NULL: none is set. */
static const char *find_encoding_option(const struct vf_output_settings *settings)
{
    return settings->preset[0]                ? "preset"
           : settings->crf >= 0               ? "crf"
           : settings->bit_rate               ? "bitrate"
           : settings->pixel_format[0]        ? "pixel_format"
           : settings->fps.num                ? "fps"
           : settings->hw != VF_OUTPUT_HW_OFF ? "hw"
                                              : NULL;
}

/* Looks for options of pictures where there are none. */
static int refuse_pictures(const struct vf_output_choice *choice,
                           const struct vf_output_settings *settings,
                           const struct vf_output_problem *problem)
{
    bool is_named = strcmp(settings->codec, "auto") != 0;
    const char *name = is_named ? "codec" : find_encoding_option(settings);
    if (!name)
        return VF_OK;
    return VF_COMPLAIN(problem, -EINVAL,
                       "%s: %s holds no video; leave %s out, or end the path in .mkv", name,
                       choice->container->long_name, name);
}

/* Looks for options that would change what is copied. */
static int refuse_changes(const struct vf_output_settings *settings,
                          const struct vf_output_problem *problem)
{
    const char *name = find_encoding_option(settings);
    if (!name)
        return VF_OK;
    return VF_COMPLAIN(problem, -EINVAL,
                       "%s: with codec: copy pictures stay as they are; leave %s out", name, name);
}

int vf_output_choose_encoder(struct vf_output_choice *choice,
                             const struct vf_output_settings *settings,
                             const struct vf_output_problem *problem)
{
    const AVOutputFormat *container = choice->container;
    const char *name = settings->codec;
    if (!choice->has_pictures)
        return refuse_pictures(choice, settings, problem);
    choice->is_copy = strcmp(name, "copy") == 0;
    if (choice->is_copy)
        return refuse_changes(settings, problem);
    if (strcmp(name, "auto") == 0) {
        enum AVCodecID id = guess_codec(container, settings->path);
        choice->encoder = vf_output_usual_encoder(id);
        name = avcodec_get_name(id);
    } else {
        choice->encoder = vf_output_find_encoder(name);
    }
    if (!choice->encoder)
        return vf_output_refuse_encoder(name, AVMEDIA_TYPE_VIDEO, problem);
    if (choice->encoder->type != AVMEDIA_TYPE_VIDEO)
        return VF_COMPLAIN(problem, -EINVAL, "codec: %s does not encode video; libx264 does", name);
    if (!vf_container_holds(container, choice->encoder->id))
        return VF_COMPLAIN(problem, -EINVAL,
                           "codec: %s cannot hold %s; leave codec out for one that it can hold, or "
                           "write Matroska (.mkv)",
                           container->long_name, avcodec_get_name(choice->encoder->id));
    return VF_OK;
}
