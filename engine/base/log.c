/* SPDX-License-Identifier: MIT */
#include "engine/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/display.h"
#include "engine/base/error_output.h"

static enum vf_log_level shown = VF_LOG_WARNING;
static void (*hear_error)(void *context, const char *text);
static void *error_context;
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

void vf_log_on_error(void (*heard)(void *context, const char *text), void *context)
{
    hear_error = heard;
    error_context = context;
}

static void print_line(const char *word, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void print_line(const char *word, const char *format, va_list arguments)
{
    char line[VF_ERROR_OUTPUT_LINE];
    /* On a terminal a progress line may stand where this one begins. */
    const char *clear = isatty(STDERR_FILENO) ? "\r\033[K" : "";
    int length = snprintf(line, sizeof(line), "%s%s%s", clear, prefix, word);
    int body = vsnprintf(line + length, sizeof(line) - (size_t)length, format, arguments);
    if (body < 0)
        return;
    vf_display_clean(line + length);
    size_t size = strlen(line); /* the line end takes the place of the NUL */
    line[size++] = '\n';
    (void)vf_error_output_write(line, size); /* what cannot be written is counted */
}

static void hand_on(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static void hand_on(const char *format, va_list arguments)
{
    char text[VF_ERROR_OUTPUT_LINE];
    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        return;
    vf_display_clean(text);
    hear_error(error_context, text);
}

void vf_log(enum vf_log_level level, const char *format, ...)
{
    va_list arguments;
    if (level == VF_LOG_ERROR && hear_error) {
        va_start(arguments, format);
        hand_on(format, arguments);
        va_end(arguments);
    }
    if (level > shown)
        return;
    va_start(arguments, format);
    print_line(level == VF_LOG_WARNING ? "warning: " : "", format, arguments);
    va_end(arguments);
}

void vf_log_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("", format, arguments);
    va_end(arguments);
}

void vf_log_text(const char *text, int patience_ms)
{
    char line[VF_ERROR_OUTPUT_LINE];
    while (*text) {
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)length, text);
        vf_display_clean(line);
        size_t size = strlen(line);
        line[size++] = '\n';
        (void)vf_error_output_write_patiently(line, size, patience_ms);
        text += length + (text[length] == '\n');
    }
}
