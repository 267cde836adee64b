/* SPDX-License-Identifier: MIT */
#include "engine/base/log.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/error_output.h"

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define NORMAL "\033[0m"
#define LEAST_MESSAGE 64 /* bytes: less of one is not worth a line */

static enum vf_log_level shown = VF_LOG_WARNING;
static void (*hear_error)(void *context, const char *text);
static void *error_context;
static enum vf_log_format form = VF_LOG_TEXT;
static bool tells_time, has_colours;
static char prefix[80] = "vflow: ";
static char task[72]; /* "": the program itself */

void vf_log_set_level(enum vf_log_level level)
{
    shown = level;
}

enum vf_log_level vf_log_get_level(void)
{
    return shown;
}

void vf_log_set_format(enum vf_log_format format, bool has_time)
{
    form = format;
    tells_time = has_time;
    vf_error_output_set_json(format == VF_LOG_JSON);
}

enum vf_log_format vf_log_get_format(void)
{
    return form;
}

void vf_log_set_colour(bool is_coloured)
{
    has_colours = is_coloured;
}

bool vf_log_is_coloured(void)
{
    return has_colours;
}

const char *vf_log_colour_of(enum vf_log_level level)
{
    if (!has_colours || level > VF_LOG_WARNING)
        return "";
    return level == VF_LOG_ERROR ? RED : YELLOW;
}

const char *vf_log_colour_end(void)
{
    return has_colours ? NORMAL : "";
}

void vf_log_set_name(const char *name)
{
    snprintf(task, sizeof(task), "%.64s", name ? name : "");
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

/* Makes the object of a line; the caller's text. NULL: out of memory. */
static char *make_object(enum vf_log_level level, const char *message, size_t length)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    char now[VF_CLOCK_UTC_SIZE], cut[VF_ERROR_OUTPUT_LINE];
    vf_clock_print_utc(now, vf_clock_since_1970_ns());
    snprintf(cut, sizeof(cut), "%.*s", (int)length, message);
    char *shown_task = vf_display_utf8(task), *text = vf_display_utf8(cut);
    json_t *object = json_pack("{ss ss ss? si ss}", "time", now, "level", words[level], "task",
                               task[0] ? shown_task : NULL, "pid", (int)getpid(), "message", text);
    char *made = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    free(shown_task);
    free(text);
    return made;
}

/* Writes an object, whose message is cut until it has room in a line. Returns false when memory is
 * short. */
static bool write_object(enum vf_log_level level, const char *message, int patience_ms)
{
    char *made;
    size_t length = strlen(message);
    while ((made = make_object(level, message, length)) != NULL &&
           strlen(made) >= VF_ERROR_OUTPUT_LINE && length > LEAST_MESSAGE) {
        length /= 2;
        free(made);
    }
    if (!made)
        return false;
    size_t size = strlen(made);
    made[size++] = '\n'; /* in the place of the NUL */
    if (patience_ms < 0)
        (void)vf_error_output_write(made, size); /* what cannot be written is counted */
    else
        (void)vf_error_output_write_patiently(made, size, patience_ms);
    free(made);
    return true;
}

/* Adds text to a line, as far as there is room. */
static void add(char line[VF_ERROR_OUTPUT_LINE], const char *text)
{
    size_t length = strlen(line);
    snprintf(line + length, VF_ERROR_OUTPUT_LINE - length, "%s", text);
}

/* Writes a line of text: `is_answer` is one that no level keeps back. */
static void write_text(enum vf_log_level level, bool is_answer, const char *message)
{
    char line[VF_ERROR_OUTPUT_LINE] = "", now[VF_CLOCK_UTC_SIZE];
    const char *colour = is_answer ? "" : vf_log_colour_of(level);
    if (isatty(STDERR_FILENO))
        add(line, "\r\033[K"); /* a progress line may stand where this one begins */
    if (tells_time) {
        vf_clock_print_utc(now, vf_clock_since_1970_ns());
        add(line, now);
        add(line, " ");
    }
    add(line, prefix);
    add(line, colour);
    if (level == VF_LOG_WARNING && !is_answer)
        add(line, "warning: ");
    size_t end = *colour ? strlen(NORMAL) : 0, length = strlen(line);
    snprintf(line + length, sizeof(line) - length - end, "%s", message);
    if (*colour)
        add(line, NORMAL);
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

static void print_line(enum vf_log_level level, bool is_answer, const char *format,
                       va_list arguments) __attribute__((format(printf, 3, 0)));

static void print_line(enum vf_log_level level, bool is_answer, const char *format,
                       va_list arguments)
{
    char message[VF_ERROR_OUTPUT_LINE];
    if (vsnprintf(message, sizeof(message), format, arguments) < 0)
        return;
    vf_display_clean(message);
    if (form == VF_LOG_TEXT || !write_object(level, message, -1))
        write_text(level, is_answer, message);
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
    print_line(level, false, format, arguments);
    va_end(arguments);
}

void vf_log_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(VF_LOG_INFO, true, format, arguments);
    va_end(arguments);
}

void vf_log_say_secret(const char *text)
{
    char message[VF_ERROR_OUTPUT_LINE];
    snprintf(message, sizeof(message), "%s", text);
    vf_display_hide_characters(message, '?');
    if (form == VF_LOG_TEXT || !write_object(VF_LOG_INFO, message, -1))
        write_text(VF_LOG_INFO, true, message);
}

void vf_log_text(const char *text, int patience_ms)
{
    char line[VF_ERROR_OUTPUT_LINE];
    while (*text) {
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)length, text);
        vf_display_clean(line);
        if (form == VF_LOG_TEXT || !write_object(VF_LOG_INFO, line, patience_ms)) {
            size_t size = strlen(line);
            line[size++] = '\n';
            (void)vf_error_output_write_patiently(line, size, patience_ms);
        }
        text += length + (text[length] == '\n');
    }
}
