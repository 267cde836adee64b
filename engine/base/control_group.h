/* SPDX-License-Identifier: MIT */
/* control_group.h - the control groups that this process is in, of both versions.
 *
 * A group limits what is in it, and so does each group that it is in itself, up to the root.
 */
#ifndef VF_ENGINE_BASE_CONTROL_GROUP_H
#define VF_ENGINE_BASE_CONTROL_GROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Where to look; NULL: where the kernel has it. */
struct vf_control_group_sources {
    const char *groups; /* /proc/self/cgroup */
    const char *folder; /* /sys/fs/cgroup */
};

/* One group. Its text is lent for the call. */
struct vf_control_group {
    const char *folder; /* with its files */
    const char *name;   /* "/jobs/7"; "" for the root */
    unsigned version;   /* 1 or 2 */
};

typedef void vf_control_group_visit(void *context, const struct vf_control_group *group);

/* Calls `visit` for each group that controls "memory", "cpu" or the like, the innermost first. */
void vf_control_groups_visit(const struct vf_control_group_sources *sources, const char *controller,
                             vf_control_group_visit *visit, void *context);

/* Reads the number after `key`, with which a line of one of the group's files begins. Returns false
 * when there is none. */
bool vf_control_group_read(const struct vf_control_group *group, const char *name, const char *key,
                           uint64_t *number);

/* The same of any file. */
bool vf_control_group_read_file(const char *path, const char *key, uint64_t *number);

#endif
