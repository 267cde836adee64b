/* SPDX-License-Identifier: MIT */
/* writer_check.h - what is wrong with the options of video_writer beyond each by itself. */
#ifndef VF_NODES_WRITE_WRITER_CHECK_H
#define VF_NODES_WRITE_WRITER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/write/choice/settings.h"
#include "nodes/write/retention.h"

/* Returns whether each source gets a file of its own. */
bool vf_writer_is_by_source(const struct vf_output_settings *settings);

/* Returns which files stay. */
struct vf_retention_settings vf_writer_retention(const struct vf_output_settings *settings);

/* Chooses container and encoder. -EINVAL with a line in `problem`: the options do not fit. */
VF_MUST_CHECK int vf_writer_choose(struct vf_output_choice *choice,
                                   const struct vf_output_settings *settings, char *problem,
                                   size_t problem_size);

/* The same for what does not go with an input `when`, or needs one. */
VF_MUST_CHECK int vf_writer_check_clips(const struct vf_output_settings *settings,
                                        const struct vf_output_choice *choice, bool has_when,
                                        bool has_video, char *problem, size_t problem_size);

#endif
