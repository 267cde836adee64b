/* SPDX-License-Identifier: MIT */
/* segment_name.h - what the segments of a playlist are called, beside it. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_SEGMENT_NAME_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_SEGMENT_NAME_H

#include "engine/base/result.h"

struct AVOutputFormat;
struct vf_output_problem;
struct vf_output_settings;

/* Complains of a name in which libavformat would replace something. */
VF_MUST_CHECK int vf_segment_name_check(const struct AVOutputFormat *container,
                                        const struct vf_output_settings *settings,
                                        const struct vf_output_problem *problem);

/* Returns libavformat's pattern for the segments of the playlist `url`, where its own would not do:
 * characters that mean something in a pattern or in a URL become "~" and two digits. It is the
 * caller's. *pattern is NULL where libavformat's own will do. */
VF_MUST_CHECK int vf_segment_name_make(const struct AVOutputFormat *container,
                                       const struct vf_output_settings *settings, const char *url,
                                       char **pattern);

#endif
