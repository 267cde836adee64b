/* SPDX-License-Identifier: MIT */
/* decoder_choice.h - which decoder a stream of pictures is decoded with.
 *
 * The one that the user names; else libavcodec's usual one. Only libvpx decodes the transparency of
 * VP8 and VP9: it lies beside the packets, and the usual decoders do not look there.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_DECODER_CHOICE_H
#define VF_ENGINE_MEDIA_READ_DECODE_DECODER_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVStream;
struct vf_media_settings;

/* Looks whether a named decoder is one of pictures. On a mistake returns a negative errno with one
 * line in `problem`. */
VF_MUST_CHECK int vf_decoder_choice_check(const struct vf_media_settings *settings, char *problem,
                                          size_t size);

/* Returns the decoder for a stream; NULL: there is none. If `is_told`, logs what is not as asked
 * for, or lost. */
const struct AVCodec *vf_decoder_choose(const struct vf_media_settings *settings,
                                        const struct AVStream *stream, bool is_told);

/* Returns the pixel format (an AVPixelFormat) that such a decoder makes of one that the stream is
 * said to have. */
int vf_decoder_choice_format(const struct AVCodec *decoder, const struct AVStream *stream,
                             int format);

#endif
