/* SPDX-License-Identifier: MIT */
/* error_output.h - standard error, which nobody may be reading.
 *
 * A pipe that is full, a terminal that has been stopped: nothing here waits for them, or only for a
 * moment. What cannot be written is dropped and counted, and how much that was is said as soon as
 * something can be written again. The descriptor stays as it is, since others share it.
 */
#ifndef VF_ENGINE_BASE_ERROR_OUTPUT_H
#define VF_ENGINE_BASE_ERROR_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VF_ERROR_OUTPUT_LINE 4096 /* bytes at most; a pipe takes them whole or not at all */

/* Writes one line, or several, of at most VF_ERROR_OUTPUT_LINE bytes together. Returns false when
 * they have been dropped. Any thread may call it. */
bool vf_error_output_write(const char *lines, size_t size);

/* The same for what a reader is waited for, if need be, for `patience_ms`. */
bool vf_error_output_write_patiently(const char *lines, size_t size, int patience_ms);

/* Writes what is out of date soon, such as progress: it is dropped without being counted. */
void vf_error_output_write_passing(const char *text, size_t size);

/* Says whether what was dropped is told of in a JSON object (log.h), from now on. */
void vf_error_output_set_json(bool is_json);

/* Returns how many lines this process has dropped. */
uint64_t vf_error_output_dropped(void);

/* Has them counted in `counter` from now on, which may be shared memory; it has to stay. For a
 * child to say, whose parent has dropped some as well. */
void vf_error_output_count_in(_Atomic uint64_t *counter);

#endif
