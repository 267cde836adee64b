/* SPDX-License-Identifier: MIT */
/* library_log.h - how much the libraries behind some encoders write to standard error themselves. */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_LIBRARY_LOG_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_LIBRARY_LOG_H

#include "engine/base/result.h"

struct AVCodecContext;

/* Tells the library of an encoder, before it is opened, to write no more than what the log would
 * have: errors; warnings, where the log has information; all, where it has details. What the user
 * has asked of the library stays. */
VF_MUST_CHECK int vf_library_log_limit(struct AVCodecContext *context);

#endif
