/* SPDX-License-Identifier: MIT */
/* sound.h - whether sound is copied or encoded, and with which encoder.
 *
 * What can be known of it when a flow is checked is checked then; the rest when the first packet
 * tells its codec.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_SOUND_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_SOUND_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVCodecParameters;
struct vf_output_choice;
struct vf_output_problem;
struct vf_output_settings;

/* Finds mistakes in what the settings ask for. */
VF_MUST_CHECK int vf_output_check_sound(const struct vf_output_choice *choice,
                                        const struct vf_output_settings *settings,
                                        const struct vf_output_problem *problem);

/* Returns whether there is to be no sound at all: nobody wants it, or the container holds none. */
bool vf_output_is_silent(const struct vf_output_choice *choice,
                         const struct vf_output_settings *settings);

/* Chooses for sound of `parameters`: *encoder becomes NULL where it is copied. Returns a negative
 * errno, with one line in `problem`, where it can be neither copied nor encoded. */
VF_MUST_CHECK int vf_output_choose_sound(const struct vf_output_choice *choice,
                                         const struct vf_output_settings *settings,
                                         const struct AVCodecParameters *parameters,
                                         const struct AVCodec **encoder,
                                         const struct vf_output_problem *problem);

/* The same for sound that comes decoded, and cannot be copied. */
VF_MUST_CHECK int vf_output_choose_decoded_sound(const struct vf_output_choice *choice,
                                                 const struct vf_output_settings *settings,
                                                 const struct AVCodec **encoder,
                                                 const struct vf_output_problem *problem);

/* Returns the encoder that sound is encoded with where none is named; NULL: there is none. */
const struct AVCodec *vf_output_usual_sound(const struct vf_output_choice *choice,
                                            const char *path);

#endif
