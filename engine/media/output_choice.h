/* SPDX-License-Identifier: MIT */
/* output_choice.h - which container and which encoder a writer's options ask for.
 *
 * The same choice is made when a flow is checked and when it runs.
 */
#ifndef VF_ENGINE_MEDIA_OUTPUT_CHOICE_H
#define VF_ENGINE_MEDIA_OUTPUT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option.h"

struct AVCodec;
struct AVCodecContext;
struct AVFormatContext;
struct AVOutputFormat;

#define VF_CRF_UNSET (-1.0)

struct vf_output_settings {
    char *path;
    char *codec;        /* "auto": what suits the container best */
    char *preset;       /* "": the encoder's own */
    double crf;         /* VF_CRF_UNSET: the encoder's own */
    int64_t bit_rate;   /* bits a second; 0: the encoder's own */
    int threads;        /* 0: as the task has */
    char *pixel_format; /* "": the input's, or the nearest to it */
    struct vf_map options;
    bool crash_safe; /* what a writer that is killed leaves can be played */
};

struct vf_output_choice {
    const struct AVOutputFormat *container;
    const struct AVCodec *encoder;
};

/* Chooses, and holds the settings against what was chosen. On a mistake returns a negative errno
 * with one line in `problem`: what is wrong; what would be right. */
VF_MUST_CHECK int vf_output_choose(struct vf_output_choice *choice,
                                   const struct vf_output_settings *settings, char *problem,
                                   size_t problem_size);

/* Returns libav's name of the codec: "h264". */
const char *vf_output_codec_name(const struct vf_output_choice *choice);

/* Sets the options that the encoder, or the container, has; some both have. On a mistake returns
 * a negative errno with one line in `problem`. */
VF_MUST_CHECK int vf_output_set_encoder(struct AVCodecContext *encoder,
                                        const struct vf_output_settings *settings, char *problem,
                                        size_t problem_size);
VF_MUST_CHECK int vf_output_set_container(struct AVFormatContext *container,
                                          const struct vf_output_settings *settings, char *problem,
                                          size_t problem_size);

#endif
