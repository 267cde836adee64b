/* SPDX-License-Identifier: MIT */
/* style.h - how the page of a report looks. */
#ifndef VF_CMD_REPORT_STYLE_H
#define VF_CMD_REPORT_STYLE_H

#include "engine/base/text.h"

/* Adds the style sheet. */
void vf_report_style_add(struct vf_text *page);

#endif
