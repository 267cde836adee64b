/* SPDX-License-Identifier: MIT */
/* sound_succession.h - which sound can follow other sound in one track, as it is. */
#ifndef VF_ENGINE_MEDIA_CODEC_SOUND_SUCCESSION_H
#define VF_ENGINE_MEDIA_CODEC_SOUND_SUCCESSION_H

#include <libavcodec/codec_id.h>
#include <stdbool.h>

struct AVCodecParameters;

/* Returns whether a decoder that was opened for `track` decodes packets of `next` rightly. Of AAC
 * both must have their extra data. */
bool vf_sound_can_follow(const struct AVCodecParameters *track,
                         const struct AVCodecParameters *next);

/* Returns whether both have the same extra data, or none. */
bool vf_sound_has_same_extradata(const struct AVCodecParameters *track,
                                 const struct AVCodecParameters *next);

/* Returns whether each packet says all that a decoder must know. */
bool vf_sound_is_self_framed(enum AVCodecID codec);

/* Returns whether its samples say everything but the rate, the channels, and for some the bits. */
bool vf_sound_is_pcm(enum AVCodecID codec);

/* Returns how many bits of its samples count; 0: it is not known. */
int vf_sound_bits(const struct AVCodecParameters *sound);

/* Returns how many samples are in a packet of FLAC; 0: of another codec, or it is not known. */
int vf_sound_block_size(const struct AVCodecParameters *sound);

#endif
