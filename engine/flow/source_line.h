/* SPDX-License-Identifier: MIT */
/* source_line.h - the line of a flow file that a message is about, with a mark below the place. */
#ifndef VF_ENGINE_FLOW_SOURCE_LINE_H
#define VF_ENGINE_FLOW_SOURCE_LINE_H

#include <stdbool.h>

#include "engine/base/text.h"
#include "engine/flow/flow.h"

/* Adds two lines: the one of `text`, or of `file` where that is NULL, where `place` is, as far as a terminal has room, and a caret below
 * its column. Returns false where the file cannot be read again, or has no such line. */
bool vf_source_line_show(struct vf_text *out, const char *file, const char *text,
                         const struct vf_place *place);

#endif
