/* SPDX-License-Identifier: MIT */
/* files.h - the files that a flow is made of: its own, those it includes, and those of sub-flows. */
#ifndef VF_ENGINE_FLOW_FILE_FILES_H
#define VF_ENGINE_FLOW_FILE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* One that has been read, with what it includes. */
struct vf_flow_file {
    const char *name; /* as messages show it; kept by the flow */
    char *real;       /* one name for one file */
    struct vf_tree root;
    bool is_busy; /* being read: who includes it now goes in a circle */
};

/* Starts as {.flow, .diagnostics}, and `variables` where names may have some. */
struct vf_flow_files {
    struct vf_flow *flow; /* keeps names */
    struct vf_diagnostics *diagnostics;
    const char *first;  /* the flow's own; NULL: standard input, or a text */
    bool is_first_done; /* all that it includes has been merged */
    int (*plug)(const char *file, char *problem, size_t size); /* as in struct vf_flow_request */
    struct vf_tree plugins; /* the real paths of those that the files name, a list */
    struct vf_flow_file **items;
    size_t count;
};

/* Merges what `include` of *root names into it: nodes, vars, defaults and so on, of which those of
 * *root count, then those of the last file. Removes the key. What is wrong is reported. */
VF_MUST_CHECK int vf_flow_files_include(struct vf_flow_files *files, struct vf_tree *root);

/* Has the plugins loaded that `plugins` of *root names, each starting from the folder of the file that
 * it is written in, and notes them. Removes the key. What is wrong is reported. */
VF_MUST_CHECK int vf_flow_files_plug(struct vf_flow_files *files, struct vf_tree *root);

/* Gives *root all plugins that were noted, by the names that they have anywhere. */
VF_MUST_CHECK int vf_flow_files_note_plugins(struct vf_flow_files *files, struct vf_tree *root);

/* Finds the file that `name` names, which starts from the folder of the file that it is written in.
 * Lends *file with all that it includes until vf_flow_files_finish(). Returns -EINVAL, after
 * reporting at `name` why, when it cannot be read. */
VF_MUST_CHECK int vf_flow_files_read(struct vf_flow_files *files, const struct vf_tree *name,
                                     const struct vf_flow_file **file);

void vf_flow_files_finish(struct vf_flow_files *files);

#endif
