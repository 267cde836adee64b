/* SPDX-License-Identifier: MIT */
/* container.h - which container a writer's path and format name. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVOutputFormat;
struct vf_output_choice;
struct vf_output_problem;
struct vf_output_settings;

/* Fills in the container, the protocol, and whether it is a stream. */
VF_MUST_CHECK int vf_output_choose_container(struct vf_output_choice *choice,
                                             const struct vf_output_settings *settings,
                                             const struct vf_output_problem *problem);

/* Returns whether the container opens what it writes to by itself: a folder of segments, RTSP. */
bool vf_output_opens_itself(const struct AVOutputFormat *container);

#endif
