/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/sound_succession.h"

#include <libavcodec/avcodec.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/codec/aac_form.h"

#define OPUS_HEAD_SIZE 19
#define FLAC_INFO_SIZE 34
#define ALAC_INFO_SIZE 36
#define ALAC_BITS 17 /* where they stand in it */

static const enum AVCodecID self_framed[] = {
    AV_CODEC_ID_MP1, AV_CODEC_ID_MP2, AV_CODEC_ID_MP3,    AV_CODEC_ID_AC3,      AV_CODEC_ID_EAC3,
    AV_CODEC_ID_DTS, AV_CODEC_ID_MLP, AV_CODEC_ID_TRUEHD, AV_CODEC_ID_AAC_LATM, AV_CODEC_ID_S302M,
};

bool vf_sound_is_self_framed(enum AVCodecID codec)
{
    for (size_t i = 0; i < VF_COUNT(self_framed); i++) {
        if (self_framed[i] == codec)
            return true;
    }
    return false;
}

bool vf_sound_is_pcm(enum AVCodecID codec)
{
    return codec >= AV_CODEC_ID_FIRST_AUDIO && codec < AV_CODEC_ID_ADPCM_IMA_QT;
}

bool vf_sound_has_same_extradata(const AVCodecParameters *track, const AVCodecParameters *next)
{
    size_t size = (size_t)track->extradata_size;
    return track->extradata_size == next->extradata_size &&
           (!size || memcmp(track->extradata, next->extradata, size) == 0);
}

static bool is_same_aac(const AVCodecParameters *track, const AVCodecParameters *next)
{
    struct vf_aac_form form, next_form;
    bool is_known =
        vf_aac_form_of_config(&form, track->extradata, (size_t)track->extradata_size) &&
        vf_aac_form_of_config(&next_form, next->extradata, (size_t)next->extradata_size);
    if (is_known && form.channels)
        return vf_aac_form_is_equal(&form, &next_form);
    return vf_sound_has_same_extradata(track, next);
}

/* How much is left out at the beginning, and the rate of what was encoded, are of no matter behind
 * other sound. */
static bool is_same_opus(const AVCodecParameters *track, const AVCodecParameters *next)
{
    const uint8_t *head = track->extradata, *other = next->extradata;
    size_t size = (size_t)track->extradata_size;
    if (track->extradata_size != next->extradata_size || size < OPUS_HEAD_SIZE)
        return vf_sound_has_same_extradata(track, next);
    return head[9] == other[9] && memcmp(head + 16, other + 16, size - 16) == 0;
}

/* The sizes of blocks, the rate, the channels, and the bits of a sample. */
static bool is_same_flac(const AVCodecParameters *track, const AVCodecParameters *next)
{
    const uint8_t *info = track->extradata, *other = next->extradata;
    if (track->extradata_size < FLAC_INFO_SIZE || next->extradata_size < FLAC_INFO_SIZE)
        return vf_sound_has_same_extradata(track, next);
    return memcmp(info, other, 4) == 0 && memcmp(info + 10, other + 10, 3) == 0 &&
           (info[13] & 0xf0) == (other[13] & 0xf0);
}

/* All but the size of the largest packet, and the bit rate. */
static bool is_same_alac(const AVCodecParameters *track, const AVCodecParameters *next)
{
    const uint8_t *info = track->extradata, *other = next->extradata;
    if (track->extradata_size < ALAC_INFO_SIZE || next->extradata_size < ALAC_INFO_SIZE)
        return vf_sound_has_same_extradata(track, next);
    return memcmp(info + 12, other + 12, 12) == 0 && memcmp(info + 32, other + 32, 4) == 0;
}

bool vf_sound_can_follow(const AVCodecParameters *track, const AVCodecParameters *next)
{
    if (track->codec_id != next->codec_id)
        return false;
    if (track->codec_id == AV_CODEC_ID_AAC)
        return is_same_aac(track, next);
    if (track->sample_rate != next->sample_rate ||
        track->ch_layout.nb_channels != next->ch_layout.nb_channels)
        return false;
    if (track->codec_id == AV_CODEC_ID_OPUS)
        return is_same_opus(track, next);
    if (track->codec_id == AV_CODEC_ID_FLAC)
        return is_same_flac(track, next);
    if (track->codec_id == AV_CODEC_ID_ALAC)
        return is_same_alac(track, next);
    if (vf_sound_is_self_framed(track->codec_id))
        return true;
    if (vf_sound_is_pcm(track->codec_id))
        return vf_sound_bits(track) == vf_sound_bits(next);
    return track->block_align == next->block_align &&
           track->bits_per_coded_sample == next->bits_per_coded_sample &&
           vf_sound_has_same_extradata(track, next);
}

int vf_sound_bits(const AVCodecParameters *sound)
{
    const uint8_t *info = sound->extradata;
    if (sound->codec_id == AV_CODEC_ID_FLAC && sound->extradata_size >= FLAC_INFO_SIZE)
        return ((info[12] & 1) << 4 | info[13] >> 4) + 1;
    if (sound->codec_id == AV_CODEC_ID_ALAC && sound->extradata_size >= ALAC_INFO_SIZE)
        return info[ALAC_BITS];
    int bits = av_get_exact_bits_per_sample(sound->codec_id);
    return bits ? bits : sound->bits_per_coded_sample;
}

int vf_sound_block_size(const AVCodecParameters *sound)
{
    bool is_known = sound->codec_id == AV_CODEC_ID_FLAC && sound->extradata_size >= FLAC_INFO_SIZE;
    return is_known ? sound->extradata[2] << 8 | sound->extradata[3] : 0;
}
