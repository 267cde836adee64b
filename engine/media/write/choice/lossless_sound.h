/* SPDX-License-Identifier: MIT */
/* lossless_sound.h - how sound of which every sample counts is written where it cannot be copied.
 *
 * PCM and what is packed without loss becomes the nearest kind of PCM that the container holds, else
 * FLAC or ALAC. Of a container that holds none of these it becomes what other sound does.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_LOSSLESS_SOUND_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_LOSSLESS_SOUND_H

struct AVCodec;
struct AVCodecParameters;
struct vf_output_choice;

/* Returns the encoder that keeps most of such sound; NULL: the container holds nothing of the kind,
 * or sound of `parameters` has lost something already. */
const struct AVCodec *vf_output_lossless_sound(const struct vf_output_choice *choice,
                                               const struct AVCodecParameters *parameters);

#endif
