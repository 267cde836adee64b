/* SPDX-License-Identifier: MIT */
/* scratch.h - a folder of a test's own, and what the test's processes say on standard error. */
#ifndef VF_TESTS_UNIT_SUPPORT_SCRATCH_H
#define VF_TESTS_UNIT_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Makes a fresh folder. One at a time. */
void scratch_create(void);

/* Removes what tests that were killed have left, and nothing that a process still uses. */
void scratch_remove_left(void);

/* Writes a text to a file, from its beginning, and makes the folders that it is in. `name` is in the
 * scratch folder, or is an absolute path. */
void scratch_write(const char *name, const char *text);

/* Lends what is in a file, up to 255 bytes, until the next call; "(no file)" if there is none. */
const char *scratch_read(const char *name);

/* Removes it with all files and folders in it. */
void scratch_remove(void);

/* Lends its path until it is removed. */
const char *scratch_path(void);

/* Returns how many files and folders are in it, at any depth. */
size_t scratch_count(void);

/* From here on standard error goes into a file. */
void capture_errors(void);

/* Tells whether that has `text` by now. */
bool errors_so_far_have(const char *text);

/* Gives standard error back. Lends what was written to it, until the next call. */
const char *captured_errors(void);

#endif
