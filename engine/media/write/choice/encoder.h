/* SPDX-License-Identifier: MIT */
/* encoder.h - which encoder a name stands for. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_ENCODER_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_ENCODER_H

#include <libavcodec/codec_id.h>
#include <libavutil/avutil.h>
#include <stdbool.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVOutputFormat;
struct vf_output_choice;
struct vf_output_problem;
struct vf_output_settings;

/* Fills in the encoder of video; the container is chosen already. */
VF_MUST_CHECK int vf_output_choose_encoder(struct vf_output_choice *choice,
                                           const struct vf_output_settings *settings,
                                           const struct vf_output_problem *problem);

/* Returns the encoder called `name`, or the usual one of the codec called so; NULL: there is
 * none. */
const struct AVCodec *vf_output_find_encoder(const char *name);

/* Returns the usual encoder of a codec: one that needs no hardware. NULL: there is none. */
const struct AVCodec *vf_output_usual_encoder(enum AVCodecID codec);

/* Says that there is no encoder `name`, and which is near. Is -ENOTSUP. */
VF_MUST_CHECK int vf_output_refuse_encoder(const char *name, enum AVMediaType type,
                                           const struct vf_output_problem *problem);

#endif
