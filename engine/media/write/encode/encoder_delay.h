/* SPDX-License-Identifier: MIT */
/* encoder_delay.h - how many frames an encoder may hold back.
 *
 * What an encoder holds is lost with its process. Encoders that look far ahead are set to look
 * ahead less, so that they hold about a second.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_DELAY_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_DELAY_H

#include "engine/base/result.h"

struct AVCodecContext;
struct vf_output_settings;

/* Bounds the delay of an encoder that is not open yet, and has its threads, its frame rate and
 * the settings. Only ever lowers what encoder and preset choose; what the settings' options say of
 * it themselves stays. */
VF_MUST_CHECK int vf_encoder_delay_bound(struct AVCodecContext *encoder,
                                         const struct vf_output_settings *settings);

#endif
