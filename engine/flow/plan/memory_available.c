/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/memory_available.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/control_group.h"

#define KILOBYTE 1024
#define NO_LIMIT ((uint64_t)1 << 60) /* version 1 writes something near 2^63 where there is none */

/* The same things by the names of the two versions of control groups. */
struct names {
    const char *limit, *usage, *cache;
};

static const struct names names[] = {
    [1] = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "},
    [2] = {"memory.max", "memory.current", "inactive_file "},
};

static void note(struct vf_memory_available *available, uint64_t bytes, const char *group)
{
    if (bytes >= available->bytes)
        return;
    free(available->group);
    available->bytes = bytes;
    available->group = group ? strdup(group) : NULL;
}

/* Notes what one group leaves; "max" is no number, and no limit. */
static void look_at_group(void *context, const struct vf_control_group *group)
{
    const struct names *files = &names[group->version];
    uint64_t limit = 0, usage = 0, cache = 0;
    if (!vf_control_group_read(group, files->limit, "", &limit) || limit >= NO_LIMIT)
        return;
    (void)vf_control_group_read(group, files->usage, "", &usage);
    (void)vf_control_group_read(group, "memory.stat", files->cache, &cache);
    usage -= cache < usage ? cache : usage;
    note(context, limit > usage ? limit - usage : 0, *group->name ? group->name : "/");
}

int vf_memory_available(const struct vf_memory_sources *sources,
                        struct vf_memory_available *available)
{
    static const struct vf_memory_sources kernel = {0};
    const struct vf_memory_sources *from = sources ? sources : &kernel;
    const struct vf_control_group_sources groups = {from->groups, from->group_folder};
    const char *meminfo = from->meminfo ? from->meminfo : "/proc/meminfo";
    uint64_t kilobytes;
    *available = (struct vf_memory_available){.bytes = UINT64_MAX};
    if (vf_control_group_read_file(meminfo, "MemAvailable:", &kilobytes))
        note(available, kilobytes * KILOBYTE, NULL);
    vf_control_groups_visit(&groups, "memory", look_at_group, available);
    return available->bytes == UINT64_MAX ? -ENOENT : VF_OK;
}
