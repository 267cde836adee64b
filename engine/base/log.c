/* SPDX-License-Identifier: MIT */
#include "engine/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE 4096

static enum vf_log_level shown = VF_LOG_WARNING;
static char prefix[80] = "vflow: ";

void vf_log_set_level(enum vf_log_level level)
{
    shown = level;
}

enum vf_log_level vf_log_get_level(void)
{
    return shown;
}

void vf_log_set_name(const char *name)
{
    if (name)
        snprintf(prefix, sizeof(prefix), "vflow: %.64s: ", name);
    else
        snprintf(prefix, sizeof(prefix), "vflow: ");
}

/* Names of files and metadata may hold anything; a line stays one line, and no terminal obeys. */
static void hide_controls(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
    }
}

void vf_log(enum vf_log_level level, const char *format, ...)
{
    if (level > shown)
        return;
    char line[MAX_LINE];
    /* On a terminal a progress line may stand where this one begins. */
    const char *clear = isatty(STDERR_FILENO) ? "\r\033[K" : "";
    const char *word = level == VF_LOG_WARNING ? "warning: " : "";
    int length = snprintf(line, sizeof(line), "%s%s%s", clear, prefix, word);
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was, one line above */
    int body = vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
    va_end(arguments);
    if (body < 0)
        return;
    hide_controls(line + length);
    size_t size = strlen(line); /* the line end takes the place of the NUL */
    line[size++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written; /* there is nowhere left to say so */
}
