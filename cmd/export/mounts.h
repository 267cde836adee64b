/* SPDX-License-Identifier: MIT */
/* mounts.h - the folders that a flow reads and writes, as volumes of a container.
 *
 * Paths that do not begin at the root count from the folder of work, VF_EXPORT_WORK, in a container,
 * and others are the same in it as outside.
 */
#ifndef VF_CMD_EXPORT_MOUNTS_H
#define VF_CMD_EXPORT_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

#define VF_EXPORT_WORK "/work"

struct vf_export_mount {
    char *folder; /* as the flow has it: "media", ".", "/srv/media" */
    char *place;  /* in the container */
    char *source; /* where it comes from, as the user says; NULL: from the folder of that name */
    char *label;  /* a short name, as Kubernetes takes it */
    bool is_written;
};

/* Starts as {0}. Sorted by place, none within another. */
struct vf_export_mounts {
    struct vf_export_mount *items;
    size_t count;
};

/* Adds the folders that the tasks of a plan name. */
VF_MUST_CHECK int vf_export_mounts_add_plan(struct vf_export_mounts *mounts,
                                            const struct vf_plan *plan);

/* Adds the folder of an input, which is a file, a folder or a pattern. */
VF_MUST_CHECK int vf_export_mounts_add_input(struct vf_export_mounts *mounts, const char *path);

/* Adds a folder with its source. */
VF_MUST_CHECK int vf_export_mounts_add_folder(struct vf_export_mounts *mounts, const char *folder,
                                              const char *source);

/* Sorts them, leaves out what lies within another one, and gives each its label. Once all have been
 * added. */
VF_MUST_CHECK int vf_export_mounts_settle(struct vf_export_mounts *mounts);

void vf_export_mounts_finish(struct vf_export_mounts *mounts);

#endif
