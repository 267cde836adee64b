/* SPDX-License-Identifier: MIT */
/* encoder_repeat.h - encoders that make the same of the same frames, whenever they do.
 *
 * libx264 with several threads does not always: a thread that looks ahead may be late, and memory is
 * looked at that has not been written.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_REPEAT_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_REPEAT_H

struct AVCodecContext;
struct vf_output_settings;

/* Prepares an encoder that is not open yet, and the memory of this process. What the settings'
 * options say of it themselves stays. */
void vf_encoder_repeat(struct AVCodecContext *context, const struct vf_output_settings *settings);

#endif
