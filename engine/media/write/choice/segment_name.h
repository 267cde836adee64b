/* SPDX-License-Identifier: MIT */
/* segment_name.h - what the segments of a playlist are called, beside it. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_SEGMENT_NAME_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_SEGMENT_NAME_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVOutputFormat;
struct vf_output_problem;
struct vf_output_settings;

/* Complains of a name in which libavformat would replace something. */
VF_MUST_CHECK int vf_segment_name_check(const struct AVOutputFormat *container,
                                        const struct vf_output_settings *settings,
                                        const struct vf_output_problem *problem);

/* Returns whether all that a playlist of HLS or DASH names is beside it, and known there by its
 * name alone, so that they can be moved together. */
bool vf_segment_name_is_beside(const struct AVOutputFormat *container,
                               const struct vf_output_settings *settings);

/* Returns whether an HLS playlist that another process has begun can be continued. */
bool vf_segment_name_may_continue(const struct AVOutputFormat *container,
                                  const struct vf_output_settings *settings);

/* Returns libavformat's pattern for the segments of the playlist `url`, where its own, or the
 * user's, would not do: those of the user are put beside the `url` where all are beside; in others,
 * characters that mean something in a pattern or in a URL become "~" and two digits. It is the
 * caller's. *pattern is NULL where what there is will do. */
VF_MUST_CHECK int vf_segment_name_make(const struct AVOutputFormat *container,
                                       const struct vf_output_settings *settings, const char *url,
                                       char **pattern);

#endif
