/* SPDX-License-Identifier: MIT */
/* error.h - libav's return codes as ours, and its log as ours. */
#ifndef VF_ENGINE_MEDIA_LIBAV_ERROR_H
#define VF_ENGINE_MEDIA_LIBAV_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#define VF_MEDIA_TEXT_SIZE 128

struct vf_media_text {
    char text[VF_MEDIA_TEXT_SIZE];
};

/* Returns the negative errno that stands for a code of libav's; codes that are one already, and
 * those of success, stay as they are. */
int vf_media_error(int code);

/* Says in a few words what a code of libav's means; keeps the words within itself. */
struct vf_media_text vf_media_error_text(int code);

/* Sends what libav has to say through vf_log() from now on: its errors as warnings, its warnings
 * as information. A line that repeats is shown once, then counted. From any thread, any number
 * of times. */
void vf_media_log_redirect(void);

/* Says whether it is expected that things fail for now: then errors are information, too. */
void vf_media_log_hush(bool is_expected);

/* Lends the first error since that was last said, until it is said again; "": there was none. */
const char *vf_media_log_expected(void);

/* Returns whether that was about a formula that cannot be read. */
bool vf_media_log_expected_of_formula(void);

/* Has `hear` called for each error that libav logs in the name of an object of a class of libav's,
 * and for each picture that it repairs, with the text's format: by the thread that logs, so that it
 * may neither wait nor log. Any number of times; two classes at most. */
void vf_media_log_listen(const char *class_name, void (*hear)(void *object, const char *format));

/* Returns how often the last line was repeated, if it was. */
void vf_media_log_flush(void);

#endif
