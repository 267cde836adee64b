/* SPDX-License-Identifier: MIT */
/* input_options.h - the demuxer that a user names, and options by libav's names.
 *
 * An option goes to whoever has it: the demuxer, the protocol, the decoder, or several of them.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_INPUT_OPTIONS_H
#define VF_ENGINE_MEDIA_READ_OPEN_INPUT_OPTIONS_H

#include <stddef.h>

#include "engine/base/result.h"

struct AVCodec;
struct AVDictionary;
struct AVFormatContext;
struct AVInputFormat;
struct vf_media_settings;

/* Looks for what no file could make right: a demuxer that this libav does not have, an option that
 * nothing in it has. Returns as a node's check(), and fills in `problem` as that
 * does. */
VF_MUST_CHECK int vf_input_check(const struct vf_media_settings *settings, char *problem,
                                 size_t problem_size);

/* Returns the demuxer that is named, or NULL: none is. It has been checked. */
const struct AVInputFormat *vf_input_format(const struct vf_media_settings *settings);

/* Makes a dictionary of all options, the caller's to free. */
VF_MUST_CHECK int vf_input_options(const struct vf_media_settings *settings,
                                   struct AVDictionary **options);

/* Makes one of those that `decoder` has. */
VF_MUST_CHECK int vf_input_decoder_options(const struct vf_media_settings *settings,
                                           const struct AVCodec *decoder,
                                           struct AVDictionary **options);

/* Says which of `left`, the options that the demuxer and the protocol of `format` did not take, is
 * none of `decoder` either, and returns -EINVAL; VF_OK: there is no such. */
VF_MUST_CHECK int vf_input_refuse_untaken(const struct AVDictionary *left,
                                          const struct AVFormatContext *format,
                                          const struct AVCodec *decoder);

#endif
