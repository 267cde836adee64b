/* SPDX-License-Identifier: MIT */
/* container_codecs.h - which codecs a container can hold so that others can read them. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_CODECS_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_CODECS_H

#include <libavcodec/codec_id.h>
#include <stdbool.h>

struct AVCodecParameters;
struct AVOutputFormat;

/* Returns whether the container can hold the codec. */
bool vf_container_holds(const struct AVOutputFormat *container, enum AVCodecID codec);

/* Returns whether raw frames of a pixel format, by libav's name, can be read again from the
 * container. */
bool vf_container_keeps_raw(const struct AVOutputFormat *container, const char *format);

/* Returns whether it can hold sound of that sample rate, of a codec that it can hold. */
bool vf_container_holds_rate(const struct AVOutputFormat *container,
                             const struct AVCodecParameters *parameters);

/* Returns whether it can hold sound of just these parameters, and no option has to allow that. */
bool vf_container_surely_holds(const struct AVOutputFormat *container,
                               const struct AVCodecParameters *parameters);

/* Returns whether a container holds films: some hold sound, with a cover at best, or subtitles. */
bool vf_container_holds_pictures(const struct AVOutputFormat *container);

#endif
