/* SPDX-License-Identifier: MIT */
/* log.h - lines for people or programs, on standard error.
 *
 * A line is "vflow: message" from the program itself and "vflow: TASK: message"
 * from a worker. Each is one write() of at most 4096 bytes, so that lines of
 * several processes never mix. A line for which there is no room is dropped
 * (error_output.h). Standard output belongs to the flow.
 *
 * For programs, a line is a JSON object with time, level ("error", "warning", "info", "debug"), task
 * (null: the program itself), pid and message.
 */
#ifndef VF_ENGINE_BASE_LOG_H
#define VF_ENGINE_BASE_LOG_H

#include <stdbool.h>

#include "engine/base/result.h"

enum vf_log_level {
    VF_LOG_ERROR,   /* the task or the run fails because of it */
    VF_LOG_WARNING, /* the run goes on, but somebody should know */
    VF_LOG_INFO,    /* what is being done; shown by --verbose */
    VF_LOG_DEBUG,   /* for vflow's developers; shown by --verbose twice */
};

/* Shows lines up to `level` only. VF_LOG_WARNING at the start. Inherited by fork. */
void vf_log_set_level(enum vf_log_level level);
enum vf_log_level vf_log_get_level(void);

enum vf_log_format { VF_LOG_TEXT, VF_LOG_JSON };

/* Says how lines look, from now on and in processes that are forked: text without the time at the
 * start. */
void vf_log_set_format(enum vf_log_format format, bool has_time);
enum vf_log_format vf_log_get_format(void);

/* Says whether errors are red and warnings yellow; not at the start. */
void vf_log_set_colour(bool is_coloured);
bool vf_log_is_coloured(void);

/* What stands before and after a text of that colour; "" where there are no colours. */
const char *vf_log_colour_of(enum vf_log_level level);
const char *vf_log_colour_end(void);

/* Names the task whose process this is; NULL: the program itself. Copies `name`. */
void vf_log_set_name(const char *name);

/* Has `heard` called with each error, without what stands before it in the line, before it is
 * written. NULL: with none any more. Inherited by fork. */
void vf_log_on_error(void (*heard)(void *context, const char *text), void *context);

/* Writes one line, without a line end in `format`. */
void vf_log(enum vf_log_level level, const char *format, ...) VF_PRINTF(2, 3);

/* Writes one line whatever is shown: an answer to the user. */
void vf_log_say(const char *format, ...) VF_PRINTF(1, 2);

/* The same, with the secrets in it: for the user alone, who has to know them. */
void vf_log_say_secret(const char *text);

/* Writes lines as they are, or as messages of JSON objects, but for control characters, and waits `patience_ms` for whoever reads
 * them. */
void vf_log_text(const char *text, int patience_ms);

#endif
