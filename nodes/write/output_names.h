/* SPDX-License-Identifier: MIT */
/* output_names.h - the files of one run: their names, and how many of them stay.
 *
 * No two files of a run get the same name: where the pattern makes one twice, the second is called
 * "name-2.mp4"; and no file of a process of the task that has died is replaced.
 */
#ifndef VF_NODES_WRITE_OUTPUT_NAMES_H
#define VF_NODES_WRITE_OUTPUT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Starts as {.pattern, .keep, .is_restarted}. */
struct vf_output_names {
    const char *pattern; /* borrowed */
    size_t keep;         /* files that stay; 0: all */
    bool is_restarted;   /* there may be files of this run that another process has written */
    uint64_t count;      /* names that have been made */
    uint64_t *made;      /* a hash of each name that there has been */
    size_t made_count;
    char **written; /* the files that are there, the oldest first; only where not all stay */
    size_t written_count;
};

/* Returns whether a path is a pattern, of which each file gets a name of its own. */
bool vf_output_names_are_many(const char *path);

/* Makes the folders that no field of the pattern is in. Returns a negative errno, after saying
 * which one could not be made, or written to. */
VF_MUST_CHECK int vf_output_names_prepare(const struct vf_output_names *names);

/* Gives the caller the name of the next file, and makes its folders; `first` describes its first
 * frame, NULL: a path that is no pattern. */
VF_MUST_CHECK int vf_output_names_next(struct vf_output_names *names,
                                       const struct vf_description *first, char **path);

/* Says that a file is complete: the oldest ones go, where not all of them stay. */
void vf_output_names_note(struct vf_output_names *names, const char *path);

void vf_output_names_finish(struct vf_output_names *names);

#endif
