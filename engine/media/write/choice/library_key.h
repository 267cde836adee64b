/* SPDX-License-Identifier: MIT */
/* library_key.h - the options that the library behind an encoder has, and libav has not.
 *
 * libav hands them on as one list: x265-params, svtav1-params.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_LIBRARY_KEY_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_LIBRARY_KEY_H

#include "engine/base/result.h"

struct AVCodecContext;

/* Sets a key in the list `option` of an encoder that is not open yet, unless the user has. Without
 * such an option it does nothing. */
VF_MUST_CHECK int vf_library_set_key(struct AVCodecContext *context, const char *option,
                                     const char *key, const char *value);

#endif
