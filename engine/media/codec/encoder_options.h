/* SPDX-License-Identifier: MIT */
/* encoder_options.h - what an encoder can be asked for, known before it is opened. */
#ifndef VF_ENGINE_MEDIA_CODEC_ENCODER_OPTIONS_H
#define VF_ENGINE_MEDIA_CODEC_ENCODER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

struct AVCodec;

/* Returns whether an encoder has an option: its own, or one that all encoders have. */
bool vf_encoder_has_option(const struct AVCodec *encoder, const char *name);

/* Returns VF_OK where the encoder takes the pixel format, or `name` is empty, or only hardware can
 * tell; -EINVAL, with one line in `problem`, where it does not. */
VF_MUST_CHECK int vf_encoder_check_pixel_format(const struct AVCodec *encoder, const char *name,
                                                char *problem, size_t problem_size);

#endif
