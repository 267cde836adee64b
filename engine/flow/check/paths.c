/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/paths.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/file_place.h"
#include "engine/base/glob.h"
#include "engine/base/part_name.h"
#include "engine/base/text.h"
#include "engine/flow/check/overwritten.h"

#define MAX_LISTED 1000 /* names looked at in search of the one that was meant */

struct folder {
    char *name;       /* "." where the path has none */
    const char *base; /* the rest, within the path */
};

/* How the files of a role are used. */
struct use {
    bool is_output, is_shared, is_folder;
    void (*check)(const char *path, const struct folder *folder, struct vf_place place,
                  struct vf_diagnostics *diagnostics);
};

/* What names no single file: standard streams, URLs, and patterns of many files. */
static bool is_file(const char *path)
{
    return *path && strcmp(path, "-") != 0 && vf_file_place_scheme(path) == 0;
}

static bool is_pattern(const char *path)
{
    const char *percent = strchr(path, '%');
    return percent && percent[1 + strspn(percent + 1, "0123456789")] == 'd';
}

static int split(const char *path, struct folder *folder)
{
    const char *slash = strrchr(path, '/');
    folder->base = slash ? slash + 1 : path;
    folder->name = !slash          ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    return folder->name ? VF_OK : -ENOMEM;
}

/* Copies the name in `folder` that is nearest to its base; "": none is near. */
static void find_nearest(const struct folder *folder, char *name, size_t size)
{
    struct vf_text_nearest nearest = {.wanted = folder->base};
    size_t distance = SIZE_MAX;
    DIR *listing = opendir(folder->name);
    name[0] = '\0';
    for (int i = 0; listing && i < MAX_LISTED; i++) {
        const struct dirent *entry = readdir(listing);
        if (!entry)
            break;
        nearest.name = NULL;
        vf_text_nearest_consider(&nearest, entry->d_name);
        if (!nearest.name || nearest.distance >= distance || strlen(entry->d_name) >= size)
            continue;
        distance = nearest.distance;
        memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
    }
    if (listing)
        closedir(listing);
}

static void check_readable(const char *path, const struct folder *folder, bool is_folder,
                           struct vf_place place, struct vf_diagnostics *diagnostics)
{
    struct stat status;
    char name[256];
    int err = stat(path, &status) == 0 && access(path, R_OK) == 0 ? 0 : errno;
    if (!err && S_ISDIR(status.st_mode) != is_folder)
        err = is_folder ? ENOTDIR : EISDIR;
    if (!err || (err == ENOENT && is_pattern(path)))
        return;
    find_nearest(folder, name, sizeof(name));
    struct vf_text_nearest nearest = {.name = err == ENOENT && name[0] ? name : NULL};
    const char *kind = is_folder ? "folder" : "file";
    if (err == ENOENT)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_SOURCE, "missing-source", place,
                           "there is no %s \"%s\"%s", kind, path,
                           vf_text_suggest_or(&nearest, "name one that exists"));
    else
        vf_diagnostics_add(diagnostics, VF_GRAVITY_SOURCE, "missing-source", place,
                           "\"%s\" cannot be read: %s; name a %s that can", path, strerror(err),
                           kind);
}

static void check_output_file(const char *path, const struct folder *folder, struct vf_place place,
                              struct vf_diagnostics *diagnostics)
{
    struct stat status;
    bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    bool is_device = !is_folder && stat(path, &status) == 0 && !S_ISREG(status.st_mode);
    if (is_device)
        return;
    if (is_folder || !*folder->base) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_OUTPUT, "bad-output", place,
                           "\"%s\" is a folder; name a file in it", path);
        return;
    }
    int err = stat(folder->name, &status) == 0 ? 0 : errno;
    if (!err && !S_ISDIR(status.st_mode))
        err = ENOTDIR;
    if (!err && access(folder->name, W_OK | X_OK) != 0)
        err = errno;
    if (err)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_OUTPUT, "bad-output", place,
            "\"%s\" cannot be created in \"%s\": %s; %s", folder->base, folder->name, strerror(err),
            err == ENOENT ? "make the folder first" : "name a folder that can be written");
}

static void check_input(const char *path, const struct folder *folder, struct vf_place place,
                        struct vf_diagnostics *diagnostics)
{
    check_readable(path, folder, false, place, diagnostics);
}

static void check_input_folder(const char *path, const struct folder *folder, struct vf_place place,
                               struct vf_diagnostics *diagnostics)
{
    check_readable(path, folder, true, place, diagnostics);
}

static int count_matches(const char *pattern, size_t *count)
{
    glob_t found = {0};
    char *spelled = vf_glob_make(pattern);
    int code = spelled ? glob(spelled, GLOB_NOSORT, NULL, &found) : GLOB_NOSPACE;
    *count = found.gl_pathc;
    free(spelled);
    globfree(&found);
    return code == GLOB_NOSPACE ? -ENOMEM : VF_OK;
}

/* A folder, and what is no file of that name but fits some, will do as well. */
static void check_input_files(const char *path, const struct folder *folder, struct vf_place place,
                              struct vf_diagnostics *diagnostics)
{
    struct stat status;
    size_t count = 0;
    bool is_there = stat(path, &status) == 0;
    bool is_glob = !is_there && path[strcspn(path, "*?[")];
    if (is_there && S_ISDIR(status.st_mode) && access(path, R_OK | X_OK) == 0)
        return;
    if (!is_glob) {
        check_input(path, folder, place, diagnostics);
        return;
    }
    if (count_matches(path, &count) == VF_OK && count == 0)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_SOURCE, "missing-source", place,
                           "no file is called as \"%s\" asks; name a file or a folder that is "
                           "there, or a pattern that fits some",
                           path);
}

/* Cuts `path` to the nearest folder above it that is there, or something else that is. */
static void find_ancestor(char *path)
{
    struct stat status;
    do {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path) {
            path[slash ? 1 : 0] = '\0';
            return;
        }
        *slash = '\0';
    } while (stat(path, &status) != 0 && errno == ENOENT);
}

/* The folders of a pattern are made, those that have fields in their names, too, and those of a file
 * that lines are added to. */
static void check_output_files(const char *path, const struct folder *folder, struct vf_place place,
                               struct vf_diagnostics *diagnostics)
{
    struct stat status;
    if (!*folder->base || (stat(path, &status) == 0 && S_ISDIR(status.st_mode))) {
        check_output_file(path, folder, place, diagnostics);
        return;
    }
    char *above = strndup(path, strcspn(path, "{"));
    if (!above)
        return;
    find_ancestor(above);
    const char *name = *above ? above : ".";
    int err = stat(name, &status) == 0 ? 0 : errno;
    if (!err && !S_ISDIR(status.st_mode))
        err = ENOTDIR;
    if (!err && access(name, W_OK | X_OK) != 0)
        err = errno;
    if (err)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_OUTPUT, "bad-output", place,
                           "\"%s\" cannot be created in \"%s\": %s; name a folder that can be "
                           "written",
                           path, name, strerror(err));
    free(above);
}

/* A name may be a pattern where a node says so. */
static void check_output(const char *path, const struct folder *folder, struct vf_place place,
                         struct vf_diagnostics *diagnostics)
{
    if (strchr(path, '{'))
        check_output_files(path, folder, place, diagnostics);
    else
        check_output_file(path, folder, place, diagnostics);
}

static const struct use uses[VF_ROLE_COUNT] = {
    [VF_ROLE_INPUT_FOLDER] = {.is_folder = true, .check = check_input_folder},
    [VF_ROLE_INPUT_FILE] = {.check = check_input},
    [VF_ROLE_OUTPUT_FILE] = {.is_output = true, .check = check_output},
    [VF_ROLE_SHARED_FILE] = {.is_output = true, .is_shared = true, .check = check_output_files},
    [VF_ROLE_INPUT_FILES] = {.check = check_input_files},
    [VF_ROLE_OUTPUT_FILES] = {.is_output = true, .check = check_output_files},
};

/* Returns NULL for an option that names no files. */
static const struct use *find_use(const struct vf_option *option)
{
    const struct use *use = &uses[option->kind->role];
    return use->check ? use : NULL;
}

/* Returns one name for one file, in fresh memory; NULL: out of memory. */
static char *resolve(const char *path, const struct folder *folder)
{
    char *resolved = is_file(path) ? realpath(path, NULL) : strdup(path);
    if (resolved)
        return resolved;
    char *parent = realpath(folder->name, NULL);
    resolved = vf_text_format("%s/%s", parent ? parent : folder->name, folder->base);
    free(parent);
    return resolved;
}

static struct vf_file_identity identify(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return (struct vf_file_identity){0};
    return (struct vf_file_identity){true, status.st_dev, status.st_ino};
}

static bool is_standard_output(const char *path)
{
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        if (strcmp(path, names[i]) == 0)
            return true;
    }
    return false;
}

static int append(struct vf_paths *paths, const struct vf_path *path)
{
    struct vf_path *items = realloc(paths->items, (paths->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    paths->items = items;
    items[paths->count++] = *path;
    return VF_OK;
}

/* Adds one more writer of standard output. */
static int add_standard_output(struct vf_paths *paths, struct vf_path added)
{
    added.is_output = added.is_standard_output = true;
    added.resolved = strdup("-");
    int err = added.resolved ? append(paths, &added) : -ENOMEM;
    if (err)
        free(added.resolved);
    return err;
}

static int add(struct vf_paths *paths, const char *path, const struct use *use,
               struct vf_path added, struct vf_diagnostics *diagnostics)
{
    struct folder folder;
    if (use->is_output && is_standard_output(path))
        return add_standard_output(paths, added);
    if (split(path, &folder) != VF_OK)
        return -ENOMEM;
    if (use->is_folder || is_file(path))
        use->check(path, &folder, added.place, diagnostics);
    added.is_standard_input = !use->is_folder && strcmp(path, "-") == 0;
    added.resolved = resolve(path, &folder);
    added.identity = identify(path);
    int err = added.resolved ? append(paths, &added) : -ENOMEM;
    if (err)
        free(added.resolved);
    free(folder.name);
    return err;
}

static struct vf_place find_place(const struct vf_flow_node *node, const char *option)
{
    const struct vf_flow_option *given = vf_flow_find_option(node, option);
    return given ? given->value_place : node->place;
}

int vf_paths_add(struct vf_paths *paths, const struct vf_flow_node *node,
                 const struct vf_node *type, const void *values, struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; i < type->options.count; i++) {
        const struct vf_option *option = &type->options.items[i];
        const struct use *use = find_use(option);
        const char *path = use ? vf_option_path(option, values) : NULL;
        if (!path || !*path)
            continue;
        struct vf_path added = {.node = node->name,
                                .place = find_place(node, option->name),
                                .is_output = use->is_output,
                                .is_shared = use->is_shared,
                                .keeps_part = option->kind->role == VF_ROLE_OUTPUT_FILE,
                                .is_folder = use->is_folder,
                                .type = type,
                                .values = values};
        int err = add(paths, path, use, added, diagnostics);
        if (err)
            return err;
    }
    const struct vf_path printed = {.node = node->name, .place = node->place, .is_shared = true};
    return type->prints ? add_standard_output(paths, printed) : VF_OK;
}

int vf_paths_add_own(struct vf_paths *paths, const char *path, const char *user,
                     enum vf_own_file use)
{
    struct folder folder;
    bool is_output = use != VF_OWN_READ;
    struct vf_path added = {.node = user, .is_output = is_output};
    if (is_output)
        added.place.setting = user;
    else
        added.place.line = added.place.column = 1;
    if (is_output && is_standard_output(path)) {
        added.is_shared = use == VF_OWN_TEXT;
        return add_standard_output(paths, added);
    }
    if (split(path, &folder) != VF_OK)
        return -ENOMEM;
    added.resolved = resolve(path, &folder);
    added.identity = identify(path);
    free(folder.name);
    int err = added.resolved ? append(paths, &added) : -ENOMEM;
    if (err)
        free(added.resolved);
    return err;
}

static bool is_device(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* A pattern of names may come to be the name of a file that is read. */
static void compare_pattern(const struct vf_path *output, const struct vf_path *input,
                            struct vf_diagnostics *diagnostics)
{
    char *name = vf_overwritten_find(output, input);
    if (name)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "output-is-input", output->place,
                           "%s would write over %s, which %s reads; write into another folder, or "
                           "under other names",
                           output->node, name, input->node);
    free(name);
}

/* Returns whether `name` is that of a part of `base`, or of the folder that has one, in that. */
static bool is_part_name(const char *name, const char *base)
{
    char *part = vf_part_name_keep(-1, base), *folder = vf_part_name_keep_folder(-1, base);
    char *in_folder = folder ? vf_text_format("%s/%s", folder, base) : NULL;
    bool is_it = (part && strcmp(name, part) == 0) || (in_folder && strcmp(name, in_folder) == 0);
    free(part);
    free(folder);
    free(in_folder);
    return is_it;
}

/* What an interrupted run leaves takes the place of what an earlier one has left. */
static void compare_part(const struct vf_path *output, const struct vf_path *input,
                         struct vf_diagnostics *diagnostics)
{
    const char *slash = strrchr(output->resolved, '/');
    size_t length = slash ? (size_t)(slash + 1 - output->resolved) : 0;
    if (output->keeps_part && slash && strncmp(input->resolved, output->resolved, length) == 0 &&
        is_part_name(input->resolved + length, slash + 1))
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "part-is-input", input->place,
                           "%s reads what an interrupted run of %s has left, and such a run would "
                           "write over it; rename the file",
                           input->node, output->node);
}

static bool is_same(const struct vf_path *path, const struct vf_path *other)
{
    const struct vf_file_identity *one = &path->identity, *two = &other->identity;
    if (one->is_file && two->is_file && one->device == two->device && one->number == two->number)
        return true;
    return strcmp(path->resolved, other->resolved) == 0 && !is_device(path->resolved);
}

static void compare_standard_output(const struct vf_path *path, const struct vf_path *other,
                                    struct vf_diagnostics *diagnostics)
{
    if (path->is_standard_output && other->is_standard_output &&
        !(path->is_shared && other->is_shared))
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "same-output", path->place,
                           "%s writes to standard output, as %s does, and one would damage what "
                           "the other writes; give one of them a file",
                           path->node, other->node);
}

static void compare(const struct vf_path *path, const struct vf_path *other,
                    struct vf_diagnostics *diagnostics)
{
    compare_standard_output(path, other, diagnostics);
    if (path->is_standard_output || other->is_standard_output)
        return;
    if (path->is_standard_input && other->is_standard_input)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "same-input", path->place,
                           "%s reads standard input, as %s does; only one node can", path->node,
                           other->node);
    if (path->is_standard_input || other->is_standard_input)
        return;
    const struct vf_path *output = path->is_output ? path : other;
    const struct vf_path *input = path->is_output ? other : path;
    if (!input->is_output && output->is_output && path->type && other->type) {
        compare_pattern(output, input, diagnostics);
        compare_part(output, input, diagnostics);
    }
    if (!is_same(path, other))
        return;
    if (path->is_shared && other->is_shared)
        return;
    if (path->is_output && other->is_output)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "same-output", path->place,
                           "%s writes the same file as %s; give each a file of its own", path->node,
                           other->node);
    else
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "output-is-input", path->place,
                           "%s %s the file that %s %s; give them different files", path->node,
                           path->is_output ? "writes" : "reads", other->node,
                           other->is_output ? "writes" : "reads");
}

void vf_paths_compare(const struct vf_paths *paths, struct vf_diagnostics *diagnostics)
{
    for (size_t i = 1; i < paths->count; i++) {
        const struct vf_path *path = &paths->items[i];
        for (size_t j = 0; j < i; j++) {
            if (path->is_output || path->is_standard_input || paths->items[j].is_output)
                compare(path, &paths->items[j], diagnostics);
        }
    }
}

void vf_paths_finish(struct vf_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i].resolved);
    free(paths->items);
    *paths = (struct vf_paths){0};
}

static const char *find_text(const struct vf_flow_node *node, const struct vf_option *option)
{
    const struct vf_flow_option *given = vf_flow_find_option(node, option->name);
    return given ? given->text : option->fallback;
}

bool vf_paths_has_own_file(const struct vf_flow_node *node, const struct vf_node *type)
{
    for (size_t i = 0; i < type->options.count; i++) {
        const struct vf_option *option = &type->options.items[i];
        const struct use *use = find_use(option);
        const char *path = use && use->is_output ? find_text(node, option) : NULL;
        if (path && !use->is_shared && is_file(path))
            return true;
    }
    return false;
}
