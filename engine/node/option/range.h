/* SPDX-License-Identifier: MIT */
/* range.h - the range of an option as people say it: "2 to 16384 pixels", "0 to 24 hours". */
#ifndef VF_ENGINE_NODE_OPTION_RANGE_H
#define VF_ENGINE_NODE_OPTION_RANGE_H

#include <stdbool.h>

#include "engine/base/text.h"

struct vf_option;

/* Adds `before`, the range and `after`, or nothing where there is no range to speak of. A limit that
 * nobody comes near is left out, "0 seconds or more", unless they are to be `exact`: somebody has
 * come past it. */
void vf_option_add_range(struct vf_text *text, const struct vf_option *option, bool exact,
                         const char *before, const char *after);

#endif
