/* SPDX-License-Identifier: MIT */
/* options.h - a writer's `options`, which belong to its encoder, container or protocol. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_OPTIONS_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_OPTIONS_H

#include <libavcodec/codec_id.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVCodecContext;
struct AVDictionary;
struct AVFormatContext;
struct AVOutputFormat;
struct vf_output_choice;
struct vf_output_problem;
struct vf_output_settings;

/* Finds options that nobody has, or whose value nobody takes; then presets, qualities and pixel
 * formats that the encoder does not have. */
VF_MUST_CHECK int vf_output_check_options(const struct vf_output_choice *choice,
                                          const struct vf_output_settings *settings,
                                          const struct vf_output_problem *problem);

/* Set the options that the encoder, or the container, has; some both have. An encoder that was
 * not named may leave out what it does not have. On a mistake return a negative errno with one
 * line in `problem`. */
VF_MUST_CHECK int vf_output_set_encoder(struct AVCodecContext *encoder,
                                        const struct vf_output_choice *choice,
                                        const struct vf_output_settings *settings,
                                        const struct vf_output_problem *problem);
VF_MUST_CHECK int vf_output_set_container(struct AVFormatContext *container,
                                          const struct vf_output_settings *settings,
                                          const struct vf_output_problem *problem);

/* Puts those that are the protocol's into *options, which the caller frees. */
VF_MUST_CHECK int vf_output_list_protocol(const struct vf_output_choice *choice,
                                          const struct vf_output_settings *settings,
                                          struct AVDictionary **options);

/* Returns what the settings' options say of `name`; NULL: nothing. */
const char *vf_output_option(const struct vf_output_settings *settings, const char *name);

/* Returns whether the settings' options have `name`. */
bool vf_output_has_option(const struct vf_output_settings *settings, const char *name);

/* Returns the tag that video of a codec gets in a container: the one that the option `tag` asks for;
 * of HEVC the one that all players of MP4 take. 0: the container's own. */
uint32_t vf_output_tag(const struct AVOutputFormat *container, enum AVCodecID codec,
                       const struct vf_output_settings *settings);

#endif
