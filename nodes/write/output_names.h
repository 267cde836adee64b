/* SPDX-License-Identifier: MIT */
/* output_names.h - the files of one run: their names, and which of them stay.
 *
 * No two files of a run get the same name: where the pattern makes one twice, the second is called
 * "name-2.mp4"; and no file of a process of the task that has died is replaced. Where names
 * `may_repeat`, as those of pictures, only what was read from different sources is kept apart.
 */
#ifndef VF_NODES_WRITE_OUTPUT_NAMES_H
#define VF_NODES_WRITE_OUTPUT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "engine/node/node.h"
#include "nodes/write/name_set.h"
#include "nodes/write/retention.h"

/* Starts as {.pattern, .may_repeat, .must_not_replace, .is_restarted, .retention}. */
struct vf_output_names {
    const char *pattern; /* borrowed */
    bool may_repeat;
    bool must_not_replace; /* files that are there stay */
    bool is_restarted;     /* there may be files of this run that another process has written */
    struct vf_retention retention;
    const struct vf_name_subject *subject; /* of the next file; NULL: none */
    uint64_t count;                        /* names that have been made */
    void *of_source;                       /* how many for each source */
    struct vf_name_set made;
};

/* Returns whether a path is a pattern, of which each file gets a name of its own. */
bool vf_output_names_are_many(const char *path);

/* Gives the name of the first file of a pattern, the caller's; NULL: it depends on what the frames bring,
 * or on the clock. */
VF_MUST_CHECK int vf_output_names_foresee(const char *pattern, char **name);

/* Calls `visit` with that, where a path is a pattern and its first name can be foreseen. */
VF_MUST_CHECK int vf_output_names_list(const char *path, const struct vf_path_visitor *visitor);

/* Makes the folders that no field of the pattern is in, and looks for files of earlier runs. Returns
 * a negative errno, after saying which folder could not be made, or written to, that the disk has
 * too little room, or that the first file is there already, and must stay (-EEXIST). */
VF_MUST_CHECK int vf_output_names_prepare(struct vf_output_names *names);

/* Gives the caller the name of the next file, and makes its folders; `first` describes its first
 * frame, NULL: a path that is no pattern. */
VF_MUST_CHECK int vf_output_names_next(struct vf_output_names *names,
                                       const struct vf_description *first, char **path);

/* Says that a file is complete: the oldest ones go, where not all of them stay. */
void vf_output_names_note(struct vf_output_names *names, const char *path);

void vf_output_names_finish(struct vf_output_names *names);

#endif
