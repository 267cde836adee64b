/* SPDX-License-Identifier: MIT */
/* option_reach.h - what options by libav's names touch outside of the flow: libav itself does not tell. */
#ifndef VF_ENGINE_MEDIA_LIBAV_OPTION_REACH_H
#define VF_ENGINE_MEDIA_LIBAV_OPTION_REACH_H

#include "engine/node/option/option.h"
#include "engine/node/reach.h"

/* Names the files that options of demuxers, muxers, protocols and encoders name, and the addresses.
 * `path` is what they are for; "": nothing by name. Options that are not known name nothing: what they
 * would open fails in a sandbox. */
void vf_option_reach(const struct vf_map *options, const char *path, const struct vf_reach *reach);

#endif
