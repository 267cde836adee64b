/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/memory_available.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define KILOBYTE 1024
#define NO_LIMIT ((uint64_t)1 << 60) /* version 1 writes something near 2^63 where there is none */

/* The same things by the names of the two versions of control groups. */
struct version {
    const char *controller; /* in /proc/self/cgroup */
    const char *folder;     /* in the folder of groups */
    const char *limit, *usage, *cache;
};

static const struct version versions[] = {
    {"", "", "memory.max", "memory.current", "inactive_file "},
    {"memory", "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "},
};

/* Reads the number after `key`, with which a line of the file begins. */
static bool read_number(const char *path, const char *key, uint64_t *number)
{
    FILE *file = fopen(path, "re");
    char line[256];
    bool is_found = false;
    while (file && !is_found && fgets(line, sizeof(line), file))
        is_found = strncmp(line, key, strlen(key)) == 0 &&
                   sscanf(line + strlen(key), "%" SCNu64, number) == 1;
    if (file)
        fclose(file);
    return is_found;
}

/* Reads from a file of a control group. */
static bool read_group(const char *folder, const char *name, const char *key, uint64_t *number)
{
    char *path = vf_text_format("%s/%s", folder, name);
    bool is_read = path && read_number(path, key, number);
    free(path);
    return is_read;
}

static void note(struct vf_memory_available *available, uint64_t bytes, const char *group)
{
    if (bytes >= available->bytes)
        return;
    free(available->group);
    available->bytes = bytes;
    available->group = group ? strdup(group) : NULL;
}

/* Notes what one group leaves; "max" is no number, and no limit. */
static void look_at_group(const struct version *version, const char *folder, const char *name,
                          struct vf_memory_available *available)
{
    uint64_t limit = 0, usage = 0, cache = 0;
    if (!read_group(folder, version->limit, "", &limit) || limit >= NO_LIMIT)
        return;
    (void)read_group(folder, version->usage, "", &usage);
    (void)read_group(folder, "memory.stat", version->cache, &cache);
    usage -= cache < usage ? cache : usage;
    note(available, limit > usage ? limit - usage : 0, *name ? name : "/");
}

/* Looks at a group and all those that it is in. */
static void climb(const struct version *version, const char *root, char *group,
                  struct vf_memory_available *available)
{
    for (;;) {
        char *folder = vf_text_format("%s%s%s", root, version->folder, group);
        if (folder)
            look_at_group(version, folder, group, available);
        free(folder);
        char *slash = strrchr(group, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

/* Returns whether `name` is in a list separated by commas. */
static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length]))
            return true;
    }
    return false;
}

/* Looks at the group that a line "NUMBER:CONTROLLERS:/PATH" names. */
static void look_at_line(char *line, const char *root, struct vf_memory_available *available)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *group++ = '\0';
    controllers++;
    size_t length = strlen(group);
    if (length && group[length - 1] == '/')
        group[length - 1] = '\0';
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        bool is_meant = *versions[i].controller ? is_listed(controllers, versions[i].controller)
                                                : !*controllers;
        if (is_meant)
            climb(&versions[i], root, group, available);
    }
}

int vf_memory_available(const struct vf_memory_sources *sources,
                        struct vf_memory_available *available)
{
    static const struct vf_memory_sources kernel = {0};
    const struct vf_memory_sources *from = sources ? sources : &kernel;
    const char *root = from->group_folder ? from->group_folder : "/sys/fs/cgroup";
    char line[4096];
    uint64_t kilobytes;
    *available = (struct vf_memory_available){.bytes = UINT64_MAX};
    if (read_number(from->meminfo ? from->meminfo : "/proc/meminfo", "MemAvailable:", &kilobytes))
        note(available, kilobytes * KILOBYTE, NULL);
    FILE *groups = fopen(from->groups ? from->groups : "/proc/self/cgroup", "re");
    while (groups && fgets(line, sizeof(line), groups))
        look_at_line(line, root, available);
    if (groups)
        fclose(groups);
    return available->bytes == UINT64_MAX ? -ENOENT : VF_OK;
}
