/* SPDX-License-Identifier: MIT */
#include "cmd/export/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/export/export.h"
#include "engine/base/file_place.h"
#include "engine/base/text.h"

static bool is_input(enum vf_option_role role)
{
    return role == VF_ROLE_INPUT_FILE || role == VF_ROLE_INPUT_FOLDER ||
           role == VF_ROLE_INPUT_FILES;
}

static bool is_output(enum vf_option_role role)
{
    return role == VF_ROLE_OUTPUT_FILE || role == VF_ROLE_SHARED_FILE ||
           role == VF_ROLE_OUTPUT_FILES;
}

/* Returns where a folder is in a container, in fresh memory: without ".", "..", and slashes that are
 * not needed. */
static char *place_of(const char *folder)
{
    char *whole =
        folder[0] == '/' ? strdup(folder) : vf_text_format("%s/%s", VF_EXPORT_WORK, folder);
    char *place = whole ? malloc(strlen(whole) + 2) : NULL;
    size_t length = 0;
    for (const char *at = whole; place && *at;) {
        size_t name = strcspn(at, "/");
        if (name == 2 && at[0] == '.' && at[1] == '.') {
            while (length && place[--length] != '/')
                ;
        } else if (name && !(name == 1 && at[0] == '.')) {
            place[length++] = '/';
            memcpy(place + length, at, name);
            length += name;
        }
        at += name + (at[name] == '/');
    }
    if (place && !length)
        place[length++] = '/';
    if (place)
        place[length] = '\0';
    free(whole);
    return place;
}

/* Returns the folder of a file, or of all that a pattern names, in fresh memory. */
static char *folder_of(const char *path, bool is_folder)
{
    size_t length = strcspn(path, "*?[{%$");
    if (path[length] || !is_folder) {
        while (length && path[length - 1] != '/')
            length--;
    }
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length ? strndup(path, length) : strdup(".");
}

static void finish_mount(struct vf_export_mount *mount)
{
    free(mount->folder);
    free(mount->place);
    free(mount->source);
    free(mount->label);
}

/* Adds a folder; takes it. */
static int add(struct vf_export_mounts *mounts, char *folder, const char *source, bool is_written)
{
    struct vf_export_mount *grown =
        folder ? realloc(mounts->items, (mounts->count + 1) * sizeof(*grown)) : NULL;
    if (!grown) {
        free(folder);
        return -ENOMEM;
    }
    mounts->items = grown;
    struct vf_export_mount *mount = &grown[mounts->count++];
    *mount = (struct vf_export_mount){.folder = folder,
                                      .place = place_of(folder),
                                      .source = source ? strdup(source) : NULL,
                                      .is_written = is_written};
    return mount->place && (mount->source || !source) ? VF_OK : -ENOMEM;
}

/* Adds the folder of a path, unless that is no file. */
static int add_path(struct vf_export_mounts *mounts, const char *path, bool is_folder,
                    bool is_written)
{
    const char *file = vf_file_place_path(path);
    if (!*file || strcmp(file, "-") == 0 || strstr(file, "://") ||
        vf_file_place_is_descriptor(path) || strncmp(file, "/dev/", strlen("/dev/")) == 0)
        return VF_OK;
    return add(mounts, folder_of(file, is_folder), NULL, is_written);
}

int vf_export_mounts_add_plan(struct vf_export_mounts *mounts, const struct vf_plan *plan)
{
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; !task->group && j < task->node->options.count && !err; j++) {
            const struct vf_option *option = &task->node->options.items[j];
            enum vf_option_role role = option->kind->role;
            const char *path =
                is_input(role) || is_output(role) ? vf_option_path(option, task->options) : NULL;
            if (path)
                err = add_path(mounts, path, role == VF_ROLE_INPUT_FOLDER, is_output(role));
        }
    }
    return err;
}

int vf_export_mounts_add_input(struct vf_export_mounts *mounts, const char *path)
{
    struct stat status;
    return add_path(mounts, path, stat(path, &status) == 0 && S_ISDIR(status.st_mode), false);
}

int vf_export_mounts_add_folder(struct vf_export_mounts *mounts, const char *folder,
                                const char *source)
{
    return add(mounts, folder_of(folder, true), source, false);
}

static int compare(const void *one, const void *other)
{
    const struct vf_export_mount *first = one, *second = other;
    int order = strcmp(first->place, second->place);
    return order ? order : !first->source - !second->source; /* what the user says comes first */
}

static bool is_within(const char *place, const char *outer)
{
    size_t length = strcmp(outer, "/") == 0 ? 0 : strlen(outer);
    return strncmp(place, outer, length) == 0 && (place[length] == '\0' || place[length] == '/');
}

/* Returns a label for a mount that none before it has, in fresh memory. */
static char *make_label(const struct vf_export_mounts *mounts, size_t number)
{
    char label[VF_EXPORT_LABEL_SIZE];
    const char *place = mounts->items[number].place;
    bool is_work = is_within(place, VF_EXPORT_WORK);
    unsigned same = 1;
    if (!vf_export_make_label(label, is_work ? place + strlen(VF_EXPORT_WORK) : place))
        snprintf(label, sizeof(label), "%s", is_work ? "work" : "root");
    for (size_t i = 0; i < number; i++)
        same += strncmp(mounts->items[i].label, label, strlen(label)) == 0;
    return same == 1 ? strdup(label) : vf_text_format("%.48s-%u", label, same);
}

/* Returns the innermost of the first mounts that a place is in; NULL: it is in none. */
static struct vf_export_mount *find_outer(const struct vf_export_mounts *mounts, size_t count,
                                          const char *place)
{
    while (count--) {
        if (is_within(place, mounts->items[count].place))
            return &mounts->items[count];
    }
    return NULL;
}

int vf_export_mounts_settle(struct vf_export_mounts *mounts)
{
    size_t kept = 0;
    if (!mounts->count)
        return VF_OK;
    qsort(mounts->items, mounts->count, sizeof(*mounts->items), compare);
    for (size_t i = 0; i < mounts->count; i++) {
        struct vf_export_mount *mount = &mounts->items[i];
        struct vf_export_mount *outer = find_outer(mounts, kept, mount->place);
        if (outer && (!mount->source || strcmp(mount->place, outer->place) == 0)) {
            outer->is_written |= mount->is_written;
            finish_mount(mount);
        } else {
            mounts->items[kept++] = *mount;
        }
    }
    mounts->count = kept;
    for (size_t i = 0; i < kept; i++) {
        mounts->items[i].label = make_label(mounts, i);
        if (!mounts->items[i].label)
            return -ENOMEM;
    }
    return VF_OK;
}

void vf_export_mounts_finish(struct vf_export_mounts *mounts)
{
    for (size_t i = 0; i < mounts->count; i++)
        finish_mount(&mounts->items[i]);
    free(mounts->items);
    *mounts = (struct vf_export_mounts){0};
}
