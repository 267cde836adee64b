/* SPDX-License-Identifier: MIT */
#include "cmd/log_arguments.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether a terminal shows colours, and its user wants them (no-color.org). */
static bool wants_colours(void)
{
    const char *terminal = getenv("TERM"), *refusal = getenv("NO_COLOR");
    bool is_able = terminal && strcmp(terminal, "dumb") != 0;
    return isatty(STDERR_FILENO) && is_able && !(refusal && refusal[0]);
}

void vf_log_arguments_settle(const struct vf_log_arguments *arguments)
{
    bool is_text = arguments->format == VF_LOG_TEXT;
    bool is_wanted = arguments->colour == VF_COLOUR_ALWAYS ||
                     (arguments->colour == VF_COLOUR_AUTO && wants_colours());
    vf_log_set_format(arguments->format, arguments->has_time);
    vf_log_set_colour(is_text && is_wanted);
}
