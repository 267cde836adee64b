/* SPDX-License-Identifier: MIT */
/* guest_lines.h - what a program says on its standard error, and may say on its standard output, as
 * lines of the log.
 *
 * They are read by a thread, so the program never waits for whoever else in this process would have
 * to read them, and nobody waits for the program. Nothing of it comes to the standard output of this
 * process, which belongs to the flow.
 */
#ifndef VF_ENGINE_BASE_GUEST_LINES_H
#define VF_ENGINE_BASE_GUEST_LINES_H

#include "engine/base/result.h"

struct vf_guest_lines;

/* Begins to read. Lends the descriptor for the program to write to in *given, until
 * vf_guest_lines_started(). */
VF_MUST_CHECK int vf_guest_lines_create(struct vf_guest_lines **lines, int *given);

/* Closes this process's own copy of that: the program has started, or could not be. */
void vf_guest_lines_started(struct vf_guest_lines *lines);

/* Logs what has been written by now, and a last line that has no end, and reads no more: what the
 * program has left behind may still have it open. Sets *lines to NULL; does nothing when it is
 * already. */
void vf_guest_lines_destroy(struct vf_guest_lines **lines);

#endif
