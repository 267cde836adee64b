/* SPDX-License-Identifier: MIT */
/* encoder_key.h - where an encoder makes key frames. */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_KEY_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_KEY_H

struct AVCodecContext;
struct vf_output_choice;
struct vf_output_settings;

/* Prepares an encoder that is not open yet, and has its frame rate: for streams, and for files of a
 * series. The settings' own options come later, and override it. */
void vf_encoder_key_choose(struct AVCodecContext *context, const struct vf_output_choice *choice,
                           const struct vf_output_settings *settings);

#endif
