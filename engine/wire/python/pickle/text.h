/* SPDX-License-Identifier: MIT */
/* text.h - text as pickles spell it.
 *
 * Python's text may hold lone surrogates; pickles encode them in UTF-8 like any other character
 * ("surrogatepass"), and so does this program.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_TEXT_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Returns whether the bytes are UTF-8: nothing overlong, nothing above U+10FFFF. */
bool vf_utf8_is_valid(const char *bytes, size_t length);

/* Returns whether no byte is above 127. */
bool vf_ascii_is_valid(const char *bytes, size_t length);

/* Adds UNICODE's line, Latin-1 with \uXXXX and \UXXXXXXXX, as UTF-8. Returns -EINVAL for an
 * escape that is cut short or no character. */
VF_MUST_CHECK int vf_raw_unicode_read(struct vf_text *text, const char *line, size_t length);

/* Adds valid UTF-8 as such a line. */
void vf_raw_unicode_print(struct vf_text *line, const char *text, size_t length);

/* Adds the bytes of STRING's line, a string literal of Python 2 in its quotes. Returns -EINVAL for
 * a line without them or with a bad escape. */
VF_MUST_CHECK int vf_string_literal_read(struct vf_text *bytes, const char *line, size_t length);

/* Adds bytes as UTF-8, each as the character of its number, and back: -EINVAL for a character
 * above 255. */
void vf_latin1_print(struct vf_text *text, const char *bytes, size_t length);
VF_MUST_CHECK int vf_latin1_read(struct vf_text *bytes, const char *text, size_t length);

#endif
