/* SPDX-License-Identifier: MIT */
/* drawing.h - a flow as a picture: boxes for its tasks, and lines as thick as what went over them. */
#ifndef VF_CMD_REPORT_DRAWING_H
#define VF_CMD_REPORT_DRAWING_H

#include "cmd/report/outline.h"
#include "engine/base/result.h"
#include "engine/base/text.h"

/* Adds the picture, as SVG in a part of the page that can be scrolled. Returns -ENOMEM. */
VF_MUST_CHECK int vf_drawing_add(struct vf_text *page, const struct vf_outline *outline);

#endif
