/* SPDX-License-Identifier: MIT */
/* hardware_encoder.h - encoders of graphics hardware: finds one that works, and hands it frames.
 *
 * That an encoder is compiled in does not mean that there is such hardware: it is opened to see.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_HARDWARE_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_HARDWARE_ENCODER_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVCodecContext;
struct AVFrame;
struct vf_output_choice;
struct vf_output_settings;

/* Chooses an encoder of hardware for the codec that has been chosen, as `settings->hw` says, and
 * opens the device that an encoder of hardware which was named needs. Logs what is used instead,
 * and why. Returns -ENODEV where hardware is required, or was named, and there is none. */
VF_MUST_CHECK int vf_hw_encoder_choose(struct vf_output_choice *choice,
                                       const struct vf_output_settings *settings);

/* Goes back to software after an encoder of hardware that does not take the real frames. Returns
 * whether that is allowed, and possible. */
bool vf_hw_encoder_give_up(struct vf_output_choice *choice,
                           const struct vf_output_settings *settings, const char *reason);

/* Returns the formats in memory that the encoder takes, an array of the same kind as
 * AVCodec.pix_fmts; NULL: any. Those of an encoder that takes frames of its device only are what
 * can be sent there. */
const enum AVPixelFormat *vf_hw_encoder_formats(const struct AVCodec *encoder);

/* Gives an encoder that is not open yet its device, and frames there, if it needs them:
 * `encoder->pix_fmt` is the format in memory, and becomes that of the device. Returns an error of
 * libav's. */
VF_MUST_CHECK int vf_hw_encoder_prepare(struct AVCodecContext *encoder,
                                        const struct vf_output_choice *choice);

/* Replaces a frame in memory by one on the device, if the encoder takes only those. Returns an
 * error of libav's. */
VF_MUST_CHECK int vf_hw_encoder_upload(struct AVCodecContext *encoder, struct AVFrame *frame);

#endif
