/* SPDX-License-Identifier: MIT */
#include "engine/base/processors.h"

#include <sched.h>

#include "engine/base/control_group.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads "QUOTA PERIOD" of version 2; "max" is no number, and no quota. */
static bool read_pair(const struct vf_control_group *group, uint64_t *quota, uint64_t *period)
{
    char *path = vf_text_format("%s/cpu.max", group->folder);
    FILE *file = path ? fopen(path, "re") : NULL;
    bool is_read = file && fscanf(file, "%" SCNu64 " %" SCNu64, quota, period) == 2;
    if (file)
        fclose(file);
    free(path);
    return is_read;
}

/* Reads those of version 1, where -1 is no quota. */
static bool read_two(const struct vf_control_group *group, uint64_t *quota, uint64_t *period)
{
    return vf_control_group_read(group, "cpu.cfs_quota_us", "", quota) && *quota <= INT64_MAX &&
           vf_control_group_read(group, "cpu.cfs_period_us", "", period);
}

static void look_at_group(void *context, const struct vf_control_group *group)
{
    double *processors = context;
    uint64_t quota, period;
    bool has_quota =
        group->version == 2 ? read_pair(group, &quota, &period) : read_two(group, &quota, &period);
    if (has_quota && quota && period && (double)quota / (double)period < *processors)
        *processors = (double)quota / (double)period;
}

double vf_processors_available(const struct vf_control_group_sources *sources)
{
    static const struct vf_control_group_sources kernel = {0};
    cpu_set_t set;
    double processors = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    vf_control_groups_visit(sources ? sources : &kernel, "cpu", look_at_group, &processors);
    return processors;
}
