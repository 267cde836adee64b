/* SPDX-License-Identifier: MIT */
/* retention.h - which files of a pattern stay: those of this run, and of earlier ones.
 *
 * What fits the pattern, digit by digit (name_match.h), counts as made by an earlier run; where names
 * depend on the source, or on the words of an event, only what fits for one of this run does. Files of earlier runs are
 * older than those of this one; among themselves they are ordered by when they were last written.
 * Links are neither counted nor followed below the folder that all names have in common, and
 * nothing outside of it is removed; nor is what somebody else has replaced.
 */
#ifndef VF_NODES_WRITE_RETENTION_H
#define VF_NODES_WRITE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"
#include "nodes/write/name_field.h"
#include "nodes/write/name_set.h"

struct vf_node_run;

struct vf_retention_settings {
    int64_t count, age_ns, bytes; /* of the files that stay; 0: any */
    int64_t min_free_bytes;       /* on the disk; 0: any */
};

struct vf_kept_file;
TAILQ_HEAD(vf_kept_files, vf_kept_file);

/* Starts as {.settings, .pattern, .run}. */
struct vf_retention {
    struct vf_retention_settings settings;
    const char *pattern;     /* borrowed */
    struct vf_node_run *run; /* borrowed: its report lists no file that is removed; NULL: none */
    /* Private: */
    int folder;           /* that all names have in common */
    size_t folder_length; /* in the names */
    struct vf_kept_files files;
    void *by_name;
    struct vf_name_set settled; /* patterns whose earlier files have been looked for */
    uint64_t last_source;
    uint64_t count, removed;
    int64_t bytes;
    int64_t next_look_ns; /* at the disk */
    bool is_open, has_told;
};

/* Entries of the option table of a node whose options struct has the members keep, keep_for_ns,
 * keep_bytes and min_free_bytes. */
#define VF_RETENTION_OPTIONS(type)                                                              \
    {"keep",                                                                                    \
     "Keep only the last N files, counting those of earlier runs that fit the pattern; 0: all", \
     VF_INTEGER(type, keep), .fallback = "0", VF_RANGE(0, 1e6)},                                \
        {"keep_for",                                                                            \
         "Remove files of the pattern, also of earlier runs, this long after they were last "   \
         "written, such as 7d; 0: never",                                                       \
         VF_DURATION(type, keep_for_ns), .fallback = "0", VF_RANGE(0, 1e9)},                    \
        {"keep_size",                                                                           \
         "Remove the oldest files of the pattern, also of earlier runs, when all together are " \
         "larger, such as 500GB; 0: never",                                                     \
         VF_MEMORY(type, keep_bytes), .fallback = "0", VF_RANGE(0, 1e18)},                      \
    {                                                                                           \
        "min_free",                                                                             \
            "Free space to leave on the disk, such as 5GB: with keep, keep_for or keep_size "   \
            "the oldest files make room, otherwise the task fails; 0: use all",                 \
            VF_MEMORY(type, min_free_bytes), .fallback = "0", VF_RANGE(0, 1e18)                 \
    }

/* Returns whether files are to be removed at all. */
bool vf_retention_removes(const struct vf_retention_settings *settings);

/* Looks for mistakes in a pattern whose files are to be removed: a node's check(). */
VF_MUST_CHECK int vf_retention_check(const struct vf_retention_settings *settings,
                                     const char *pattern, char *problem, size_t problem_size);

/* Opens the folder, which must be there, and looks for files of earlier runs. Returns -ENOSPC, after
 * saying so, where the disk has too little room. */
VF_MUST_CHECK int vf_retention_open(struct vf_retention *retention);

/* Says that a file of that source is begun: files of earlier runs are looked for. */
VF_MUST_CHECK int vf_retention_begin(struct vf_retention *retention,
                                     const struct vf_name_facts *facts);

/* Says that a file is complete, and removes what does not stay, but never this one. */
void vf_retention_note(struct vf_retention *retention, const char *path);

/* Looks at the disk, if it is time to, and makes room. Returns -ENOSPC, after saying so, when there
 * is none to be made. */
VF_MUST_CHECK int vf_retention_make_room(struct vf_retention *retention);

/* Returns whether a file that was noted is still to be there. */
bool vf_retention_has(const struct vf_retention *retention, const char *path);

/* Says in one line what is still there, for the report, where something was to be removed. */
void vf_retention_report(const struct vf_retention *retention, struct vf_node_run *run);

void vf_retention_finish(struct vf_retention *retention);

#endif
