/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/lossless_sound.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdbool.h>

#include "engine/base/array.h"
#include "engine/media/codec/sound_succession.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/encoder.h"
#include "engine/media/write/choice/settings.h"

#define LOG_BITS 16  /* what the logarithms of A-law and mu-law become */
#define DISC_BITS 24 /* no disc and no broadcast has more; where nothing says how many there are */
#define DISC_RATE 48000 /* Hz, or twice that */
#define MOST_PACKED_CHANNELS 8

/* What a form keeps: so many bits of whole numbers, or of the fractions of floating point, which
 * may go above full scale, too. In the order in which they are tried. */
static const struct form {
    enum AVCodecID codec;
    int bits;
    bool is_float, is_packed;
} forms[] = {
    {AV_CODEC_ID_PCM_U8, 8, false, false},     {AV_CODEC_ID_PCM_S16LE, 16, false, false},
    {AV_CODEC_ID_PCM_S16BE, 16, false, false}, {AV_CODEC_ID_PCM_S24LE, 24, false, false},
    {AV_CODEC_ID_PCM_S24BE, 24, false, false}, {AV_CODEC_ID_PCM_S32LE, 32, false, false},
    {AV_CODEC_ID_PCM_S32BE, 32, false, false}, {AV_CODEC_ID_PCM_S64LE, 64, false, false},
    {AV_CODEC_ID_PCM_F32LE, 24, true, false},  {AV_CODEC_ID_PCM_F32BE, 24, true, false},
    {AV_CODEC_ID_PCM_F64LE, 53, true, false},  {AV_CODEC_ID_PCM_F64BE, 53, true, false},
    {AV_CODEC_ID_PCM_DVD, 24, false, true},    {AV_CODEC_ID_FLAC, 24, false, true},
    {AV_CODEC_ID_ALAC, 24, false, true},
};

static bool is_float(enum AVCodecID codec)
{
    switch (codec) {
    case AV_CODEC_ID_PCM_F16LE:
    case AV_CODEC_ID_PCM_F24LE:
    case AV_CODEC_ID_PCM_F32LE:
    case AV_CODEC_ID_PCM_F32BE:
    case AV_CODEC_ID_PCM_F64LE:
    case AV_CODEC_ID_PCM_F64BE:
        return true;
    default:
        return false;
    }
}

static bool is_of_logarithms(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_PCM_ALAW || codec == AV_CODEC_ID_PCM_MULAW ||
           codec == AV_CODEC_ID_PCM_VIDC;
}

/* Returns how many bits of each sample a form must have to keep all of it. */
static int bits_of(const AVCodecParameters *sound)
{
    int bits = vf_sound_bits(sound);
    if (is_of_logarithms(sound->codec_id))
        return LOG_BITS;
    if (is_float(sound->codec_id))
        return bits > 32 ? 53 : 24;
    return bits ? bits : DISC_BITS;
}

static bool is_lossless(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    int props = descriptor ? descriptor->props : 0;
    return vf_sound_is_pcm(codec) ||
           (props & AV_CODEC_PROP_LOSSLESS && !(props & AV_CODEC_PROP_LOSSY));
}

/* Returns whether the container can have sound like that in such a form. */
static bool is_held(const AVOutputFormat *container, const struct form *form,
                    const AVCodecParameters *sound)
{
    AVCodecParameters formed = {.codec_id = form->codec, .sample_rate = sound->sample_rate};
    int rate = vf_container_traits(container)->sample_rate;
    if (rate)
        formed.sample_rate = rate;
    if (form->codec == AV_CODEC_ID_PCM_DVD && sound->sample_rate % DISC_RATE != 0)
        return false;
    if (form->is_packed && sound->ch_layout.nb_channels > MOST_PACKED_CHANNELS)
        return false;
    return vf_container_surely_holds(container, &formed);
}

const AVCodec *vf_output_lossless_sound(const struct vf_output_choice *choice,
                                        const AVCodecParameters *parameters)
{
    const AVCodec *best = NULL;
    bool wants_float = is_float(parameters->codec_id);
    int bits = bits_of(parameters), best_worth = 0;
    for (size_t i = 0; i < VF_COUNT(forms) && is_lossless(parameters->codec_id); i++) {
        const struct form *form = &forms[i];
        const AVCodec *encoder = vf_output_usual_encoder(form->codec);
        bool is_kind = form->is_float || !wants_float;
        int kept = form->bits < bits ? form->bits : bits;
        int worth = is_kind ? 2 * kept : kept;
        if (!encoder || worth <= best_worth || !is_held(choice->container, form, parameters))
            continue;
        best = encoder;
        best_worth = worth;
    }
    return best;
}
