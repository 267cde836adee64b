/* SPDX-License-Identifier: MIT */
/* log_lines.h - what a task has logged last. */
#ifndef VF_ENGINE_WEB_LOG_LINES_H
#define VF_ENGINE_WEB_LOG_LINES_H

#include <jansson.h>

/* Returns the last lines of a log that name a task, the oldest first, in an array of the caller's. -1: the
 * run writes none, and there are no lines. */
json_t *vf_web_log_lines(int fd, const char *task);

#endif
