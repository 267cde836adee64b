/* SPDX-License-Identifier: MIT */
/* progress_line.h - how far a run is, for people and for programs. Pure: a struct in, text out. */
#ifndef VF_ENGINE_ACCOUNT_PROGRESS_LINE_H
#define VF_ENGINE_ACCOUNT_PROGRESS_LINE_H

#include <jansson.h>
#include <stddef.h>

#include "engine/account/progress.h"
#include "engine/base/text.h"

#define VF_PROGRESS_ANY_WIDTH 4096 /* columns: more than a line ever takes */

/* Adds a line of at most `columns`. What has no room is left out, the least needed first; the name
 * of a file is cut. */
void vf_progress_line(struct vf_text *out, const struct vf_progress *progress, size_t columns);

/* Returns the same as an object, the caller's; NULL: out of memory. Its keys are seconds, frames,
 * expected, percent, left_seconds, fps, speed, dropped, dropped_part, file (an object with number, count and
 * name), busiest (one with task and busy); null is what is unknown. */
json_t *vf_progress_json(const struct vf_progress *progress);

/* Adds a duration as "0:14" or "1:02:03". */
void vf_progress_print_time(struct vf_text *out, double seconds);

#endif
