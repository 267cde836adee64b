/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/sound.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/encoder.h"
#include "engine/media/write/choice/lossless_sound.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/settings.h"

static bool is(const struct vf_output_settings *settings, const char *word)
{
    return strcmp(settings->audio, word) == 0;
}

bool vf_output_is_silent(const struct vf_output_choice *choice,
                         const struct vf_output_settings *settings)
{
    bool has_room = choice->container->audio_codec != AV_CODEC_ID_NONE;
    return is(settings, "none") || (is(settings, "auto") && !has_room);
}

static bool is_encoder_named(const struct vf_output_settings *settings)
{
    return !is(settings, "auto") && !is(settings, "copy") && !is(settings, "none");
}

const AVCodec *vf_output_usual_sound(const struct vf_output_choice *choice, const char *path)
{
    const AVOutputFormat *container = choice->container;
    enum AVCodecID codec = vf_container_traits(container)->sound;
    if (codec == AV_CODEC_ID_NONE)
        codec = av_guess_codec(container, NULL, path, NULL, AVMEDIA_TYPE_AUDIO);
    return codec == AV_CODEC_ID_NONE ? NULL : vf_output_usual_encoder(codec);
}

static int refuse_codec(const struct vf_output_choice *choice, const char *codec,
                        const char *remedy, const struct vf_output_problem *problem)
{
    return VF_COMPLAIN(problem, -EINVAL, "audio: %s cannot hold %s sound; %s",
                       choice->container->long_name, codec, remedy);
}

/* Returns whether a transport stream is one of Blu-ray discs. */
static bool is_of_disc(const struct vf_output_settings *settings)
{
    const char *mode = vf_output_option(settings, "mpegts_m2ts_mode");
    bool is_open = !mode || strcmp(mode, "auto") == 0 || strcmp(mode, "-1") == 0;
    return is_open ? av_match_ext(settings->path, "m2ts") : strspn(mode, "1tTyY") > 0;
}

static bool can_hold(const struct vf_output_choice *choice,
                     const struct vf_output_settings *settings, enum AVCodecID codec)
{
    /* Only discs' streams say what their PCM is; and they have TrueHD with AC-3 in it. */
    bool may_differ = codec == AV_CODEC_ID_PCM_BLURAY || codec == AV_CODEC_ID_TRUEHD;
    if (may_differ && av_match_name(choice->container->name, "mpegts") &&
        is_of_disc(settings) != (codec == AV_CODEC_ID_PCM_BLURAY))
        return false;
    return vf_container_holds(choice->container, codec);
}

static int check_encoder(const struct vf_output_choice *choice,
                         const struct vf_output_settings *settings,
                         const struct vf_output_problem *problem)
{
    const AVCodec *encoder = vf_output_find_encoder(settings->audio);
    if (!encoder)
        return vf_output_refuse_encoder(settings->audio, AVMEDIA_TYPE_AUDIO, problem);
    if (encoder->type != AVMEDIA_TYPE_AUDIO)
        return VF_COMPLAIN(problem, -EINVAL, "audio: %s does not encode sound; aac does",
                           settings->audio);
    if (!can_hold(choice, settings, encoder->id))
        return refuse_codec(choice, avcodec_get_name(encoder->id), "say audio: auto", problem);
    return VF_OK;
}

int vf_output_check_sound(const struct vf_output_choice *choice,
                          const struct vf_output_settings *settings,
                          const struct vf_output_problem *problem)
{
    bool is_encoded = !is(settings, "copy") && !is(settings, "none");
    if (settings->audio_bit_rate && !is_encoded)
        return VF_COMPLAIN(
            problem, -EINVAL,
            "audio_bitrate: that is for sound that is encoded; name an encoder: audio: aac");
    return is_encoder_named(settings) ? check_encoder(choice, settings, problem) : VF_OK;
}

/* `audio: auto` with a bit rate asks for encoding; else what can surely be copied is copied. */
static bool is_copied(const struct vf_output_choice *choice,
                      const struct vf_output_settings *settings,
                      const AVCodecParameters *parameters)
{
    if (!can_hold(choice, settings, parameters->codec_id))
        return false;
    if (is(settings, "copy"))
        return vf_container_holds_rate(choice->container, parameters);
    return is(settings, "auto") && !settings->audio_bit_rate &&
           vf_container_surely_holds(choice->container, parameters);
}

/* A copy was asked for, and cannot be had. */
static int refuse_copy(const struct vf_output_choice *choice,
                       const struct vf_output_settings *settings,
                       const AVCodecParameters *parameters, const struct vf_output_problem *problem)
{
    const char *codec = avcodec_get_name(parameters->codec_id);
    if (can_hold(choice, settings, parameters->codec_id))
        return VF_COMPLAIN(problem, -EINVAL,
                           "%s cannot hold %s sound of %d Hz; say audio: auto, which encodes it",
                           choice->container->long_name, codec, parameters->sample_rate);
    return refuse_codec(choice, codec, "say audio: auto, which encodes it", problem);
}

/* Where none is named, what is lossless stays so, as far as it can; a bit rate asks for something
 * else, and so does a stream, whose receiver has other wants. */
static const AVCodec *choose_encoder(const struct vf_output_choice *choice,
                                     const struct vf_output_settings *settings,
                                     const AVCodecParameters *parameters)
{
    const AVCodec *encoder = NULL;
    if (is_encoder_named(settings))
        return vf_output_find_encoder(settings->audio);
    if (!settings->audio_bit_rate && !choice->is_stream)
        encoder = vf_output_lossless_sound(choice, parameters);
    return encoder ? encoder : vf_output_usual_sound(choice, settings->path);
}

int vf_output_choose_sound(const struct vf_output_choice *choice,
                           const struct vf_output_settings *settings,
                           const AVCodecParameters *parameters, const AVCodec **encoder,
                           const struct vf_output_problem *problem)
{
    const char *codec = avcodec_get_name(parameters->codec_id);
    *encoder = NULL;
    if (is_copied(choice, settings, parameters))
        return VF_OK;
    if (is(settings, "copy"))
        return refuse_copy(choice, settings, parameters, problem);
    *encoder = choose_encoder(choice, settings, parameters);
    if (!*encoder)
        return refuse_codec(choice, codec, "say audio: none, or write Matroska (.mkv)", problem);
    if (!is_encoder_named(settings))
        vf_log(VF_LOG_INFO, "sound is encoded by %s, since it is %s", (*encoder)->name, codec);
    return VF_OK;
}

int vf_output_choose_decoded_sound(const struct vf_output_choice *choice,
                                   const struct vf_output_settings *settings,
                                   const AVCodec **encoder, const struct vf_output_problem *problem)
{
    *encoder = is_encoder_named(settings) ? vf_output_find_encoder(settings->audio)
                                          : vf_output_usual_sound(choice, settings->path);
    if (is(settings, "copy"))
        return VF_COMPLAIN(problem, -EINVAL,
                           "audio: copy is for packets, and this sound comes decoded; say audio: "
                           "auto, which encodes it");
    if (!*encoder)
        return VF_COMPLAIN(problem, -EINVAL,
                           "%s has no usual codec of sound; name an encoder: audio: aac",
                           choice->container->long_name);
    return VF_OK;
}
