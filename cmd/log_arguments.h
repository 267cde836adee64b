/* SPDX-License-Identifier: MIT */
/* log_arguments.h - the flags that say how messages look.
 *
 *     struct run_values {
 *         struct vf_log_arguments log;
 *         ...
 *     };
 *     static const struct vf_flag flags[] = {
 *         VF_LOG_FLAGS(struct run_values, log),
 *         ...
 *     };
 */
#ifndef VF_CMD_LOG_ARGUMENTS_H
#define VF_CMD_LOG_ARGUMENTS_H

#include <stdbool.h>

#include "cmd/command.h"
#include "engine/base/log.h"

enum vf_colour_wish { VF_COLOUR_AUTO, VF_COLOUR_ALWAYS, VF_COLOUR_NEVER };

struct vf_log_arguments {
    enum vf_colour_wish colour;
    enum vf_log_format format;
    bool has_time;
};

/* One flag, for commands that run nothing: --color. */
#define VF_COLOUR_FLAG(type, member)                                                     \
    VF_FLAG(0, "color", "WHEN", "When errors and warnings have colors",                  \
            VF_CHOICE(type, member.colour,                                               \
                      {"auto", VF_COLOUR_AUTO, "On a terminal, unless NO_COLOR is set"}, \
                      {"always", VF_COLOUR_ALWAYS, "Wherever they are printed"},         \
                      {"never", VF_COLOUR_NEVER, "Never"}),                              \
            .fallback = "auto")

/* Three flags: --log-format, --log-time and --color. */
#define VF_LOG_FLAGS(type, member)                                                    \
    VF_FLAG(0, "log-format", "HOW", "How messages look",                              \
            VF_CHOICE(type, member.format, {"text", VF_LOG_TEXT, "Lines for people"}, \
                      {"json", VF_LOG_JSON, "A JSON object a line"}),                 \
            .fallback = "text"),                                                      \
        VF_FLAG(0, "log-time", NULL, "Begin each message with the time",              \
                VF_BOOLEAN(type, member.has_time)),                                   \
        VF_COLOUR_FLAG(type, member)

/* Has messages look so from now on. */
void vf_log_arguments_settle(const struct vf_log_arguments *arguments);

#endif
