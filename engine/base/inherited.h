/* SPDX-License-Identifier: MIT */
/* inherited.h - descriptors that were open when the program was started, beside the standard streams:
 * of a shell script, an editor, a build tool, or of <(command) in a shell.
 */
#ifndef VF_ENGINE_BASE_INHERITED_H
#define VF_ENGINE_BASE_INHERITED_H

#include <stdbool.h>

/* Notes which there are: once, before the program opens anything. Where it is not called, there are
 * none. */
void vf_inherited_note(void);

/* Closes those that `is_kept` does not want. */
void vf_inherited_close(bool (*is_kept)(const void *context, int fd), const void *context);

#endif
