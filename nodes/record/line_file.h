/* SPDX-License-Identifier: MIT */
/* line_file.h - a file that lines are added to, by several processes at a time if need be.
 *
 * Lines go to the end of the file, whole, in one write() each, and nothing is kept in memory: what
 * was added is there, whatever becomes of the process. While one process has entered the file,
 * others that enter it wait. A pipe or a device is written to all the same, but nobody waits for
 * it.
 *
 * A file that replaces an older one stands beside its name, as "lines.partial.csv", until it is
 * whole, unless what comes has no end of its own: then it does so with its first line.
 */
#ifndef VF_NODES_RECORD_LINE_FILE_H
#define VF_NODES_RECORD_LINE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

struct vf_line_file;
struct vf_node_run;

struct vf_line_file_settings {
    const char *path; /* "-": standard output */
    bool begins_anew; /* it replaces what is there */
    bool has_quotes;  /* a torn line may have a quote that is open, and ends after it */
};

/* Opens the file, and creates it if need be. Borrows `run` and the path until it is destroyed.
 * Returns -EEXIST where a file has something in it that must not be replaced, and VF_END when the
 * task is to stop before somebody reads a pipe. */
VF_MUST_CHECK int vf_line_file_create(struct vf_line_file **file, struct vf_node_run *run,
                                      const struct vf_line_file_settings *settings);
void vf_line_file_destroy(struct vf_line_file **file);

/* Waits until no other process is in the file, and ends a last line that a crash left torn. */
VF_MUST_CHECK int vf_line_file_enter(struct vf_line_file *file);
void vf_line_file_leave(struct vf_line_file *file);

/* For the two below, the file has been entered. */
/* Returns whether nothing is in it; of a pipe, whether nothing was added. */
bool vf_line_file_is_empty(const struct vf_line_file *file);

/* Reads at most `size` bytes from its start. Returns how many. */
VF_MUST_CHECK size_t vf_line_file_read(struct vf_line_file *file, char *bytes, size_t size);

/* Adds whole lines. What there was no room for leaves nothing behind. */
VF_MUST_CHECK int vf_line_file_append(struct vf_line_file *file, const char *lines, size_t size);

/* Says that no more lines come. A file that replaces another gets its name if it `is_whole`. */
VF_MUST_CHECK int vf_line_file_end(struct vf_line_file *file, bool is_whole);

/* Returns what the file is called, for people. */
const char *vf_line_file_name(const struct vf_line_file *file);

/* Returns where the lines are, once they have ended, if that is a part: NULL: they are in the file.
 * *has_older becomes whether there is a whole file, which is as it was. */
const char *vf_line_file_part(const struct vf_line_file *file, bool *has_older);

#endif
