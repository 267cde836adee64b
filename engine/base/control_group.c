/* SPDX-License-Identifier: MIT */
#include "engine/base/control_group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

/* Who looks for groups, and at which. */
struct search {
    const char *root, *controller;
    vf_control_group_visit *visit;
    void *context;
};

bool vf_control_group_read_file(const char *path, const char *key, uint64_t *number)
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

bool vf_control_group_read(const struct vf_control_group *group, const char *name, const char *key,
                           uint64_t *number)
{
    char *path = vf_text_format("%s/%s", group->folder, name);
    bool is_read = path && vf_control_group_read_file(path, key, number);
    free(path);
    return is_read;
}

/* Visits a group and all those that it is in. */
static void climb(const struct search *search, unsigned version, char *name)
{
    for (;;) {
        char *folder = version == 1
                           ? vf_text_format("%s/%s%s", search->root, search->controller, name)
                           : vf_text_format("%s%s", search->root, name);
        const struct vf_control_group group = {folder, name, version};
        if (folder)
            search->visit(search->context, &group);
        free(folder);
        char *slash = strrchr(name, '/');
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

/* Visits the group that a line "NUMBER:CONTROLLERS:/PATH" names; version 2 names no controllers. */
static void visit_line(const struct search *search, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *name = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!name)
        return;
    *name++ = '\0';
    controllers++;
    size_t length = strlen(name);
    if (length && name[length - 1] == '/')
        name[length - 1] = '\0';
    if (!*controllers)
        climb(search, 2, name);
    else if (is_listed(controllers, search->controller))
        climb(search, 1, name);
}

void vf_control_groups_visit(const struct vf_control_group_sources *sources, const char *controller,
                             vf_control_group_visit *visit, void *context)
{
    const struct search search = {.root = sources->folder ? sources->folder : "/sys/fs/cgroup",
                                  .controller = controller,
                                  .visit = visit,
                                  .context = context};
    char line[4096];
    FILE *groups = fopen(sources->groups ? sources->groups : "/proc/self/cgroup", "re");
    while (groups && fgets(line, sizeof(line), groups))
        visit_line(&search, line);
    if (groups)
        fclose(groups);
}
