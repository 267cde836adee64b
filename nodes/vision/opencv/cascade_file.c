/* SPDX-License-Identifier: MIT */
#include "nodes/vision/opencv/cascade_file.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define MOST_KNOWN 64 /* what is remembered of files; a flow looks at its options several times */

/* Where packages put them; "~" is the home folder, "$" the Python environment in use. */
static const char *const places[] = {
    "/usr/local/share/opencv4",
    "/usr/share/opencv4",
    "/usr/local/share/opencv",
    "/usr/share/opencv",
    "/opt/homebrew/share/opencv4",
    "$/lib/python3*/site-packages/cv2/data",
    "~/.local/lib/python3*/site-packages/cv2/data",
    "/usr/local/lib/python3*/*-packages/cv2/data",
};

static const char *const folders[] = {"", "/haarcascades", "/lbpcascades"};

/* A search among all that are installed. */
struct hunt {
    const char *wanted;
    char *path;   /* of the first that is called so */
    char **names; /* of all others, each once */
    size_t count;
};

/* Takes off `prefix`. */
static bool take_off(const char **name, const char *prefix)
{
    size_t length = strlen(prefix);
    bool is_there = strncmp(*name, prefix, length) == 0;
    if (is_there)
        *name += length;
    return is_there;
}

static void cut_off(char *name, const char *suffix)
{
    size_t length = strlen(name), less = strlen(suffix);
    if (length > less && strcmp(name + length - less, suffix) == 0)
        name[length - less] = '\0';
}

char *vf_cascade_file_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool is_lbp = take_off(&name, "lbpcascade_");
    if (!is_lbp)
        take_off(&name, "haarcascade_");
    char *whole = vf_text_format("%s%s", is_lbp ? "lbp_" : "", name);
    if (whole) {
        cut_off(whole, ".xml");
        cut_off(whole, "_default");
    }
    return whole;
}

/* Takes a name. */
static int note(struct hunt *hunt, char *name)
{
    for (size_t i = 0; i < hunt->count; i++) {
        if (strcmp(hunt->names[i], name) == 0) {
            free(name);
            return VF_OK;
        }
    }
    char **names = realloc(hunt->names, (hunt->count + 1) * sizeof(*names));
    if (!names) {
        free(name);
        return -ENOMEM;
    }
    hunt->names = names;
    hunt->names[hunt->count++] = name;
    return VF_OK;
}

static int consider(struct hunt *hunt, const char *path)
{
    char *name = vf_cascade_file_name(path);
    if (!name)
        return -ENOMEM;
    if (strcmp(name, hunt->wanted) != 0)
        return note(hunt, name);
    free(name);
    hunt->path = strdup(path);
    return hunt->path ? VF_OK : -ENOMEM;
}

static int look_into(struct hunt *hunt, const char *folder)
{
    int err = VF_OK;
    for (size_t i = 0; i < VF_COUNT(folders) && !err && !hunt->path; i++) {
        char *pattern = vf_text_format("%s%s/*.xml", folder, folders[i]);
        glob_t found = {0};
        err = pattern ? VF_OK : -ENOMEM;
        if (pattern && glob(pattern, 0, NULL, &found) == 0) {
            for (size_t k = 0; k < found.gl_pathc && !err && !hunt->path; k++)
                err = consider(hunt, found.gl_pathv[k]);
        }
        globfree(&found);
        free(pattern);
    }
    return err;
}

static int look_into_place(struct hunt *hunt, const char *place)
{
    const char *before = *place == '~'   ? getenv("HOME")
                         : *place == '$' ? getenv("VIRTUAL_ENV")
                                         : "";
    if (!before)
        return VF_OK;
    char *folder = vf_text_format("%s%s", before, place + (*place != '/'));
    int err = folder ? look_into(hunt, folder) : -ENOMEM;
    free(folder);
    return err;
}

/* Goes through the folders of a list with colons. */
static int look_into_list(struct hunt *hunt, const char *list)
{
    int err = VF_OK;
    while (*list && !err && !hunt->path) {
        size_t length = strcspn(list, ":");
        char *folder = length ? strndup(list, length) : NULL;
        if (length)
            err = folder ? look_into(hunt, folder) : -ENOMEM;
        free(folder);
        list += length + (list[length] == ':');
    }
    return err;
}

static int look_everywhere(struct hunt *hunt)
{
    const char *named = getenv("VFLOW_CASCADES");
    int err = named ? look_into_list(hunt, named) : VF_OK;
    for (size_t i = 0; i < VF_COUNT(places) && !err && !hunt->path; i++)
        err = look_into_place(hunt, places[i]);
    return err;
}

static void refuse(const struct hunt *hunt, const char *name,
                   const struct vf_opencv_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = hunt->wanted};
    struct vf_text names = {0};
    for (size_t i = 0; i < hunt->count; i++) {
        vf_text_nearest_consider(&nearest, hunt->names[i]);
        vf_text_print(&names, "%s%s", i ? ", " : "", hunt->names[i]);
    }
    if (hunt->count)
        snprintf(problem->text, problem->size, "there is no cascade \"%s\"%s; there are %s", name,
                 vf_text_suggest(&nearest), names.bytes ? names.bytes : "others");
    else
        snprintf(problem->text, problem->size,
                 "there is no cascade \"%s\", nor any other: install OpenCV's (Debian: "
                 "opencv-data), name their folder in VFLOW_CASCADES, or give the path of a file",
                 name);
    vf_text_finish(&names);
}

/* Where names were found. A task may not look into folders, but finds what the process that it was
 * forked from has found. */
static struct {
    char *name, *path;
} memory[MOST_KNOWN];

static const char *recall(const char *name)
{
    for (size_t i = 0; i < MOST_KNOWN; i++) {
        if (memory[i].name && memory[i].path && strcmp(memory[i].name, name) == 0 &&
            access(memory[i].path, R_OK) == 0)
            return memory[i].path;
    }
    return NULL;
}

static void remember(const char *name, const char *path)
{
    static size_t next;
    free(memory[next].name);
    free(memory[next].path);
    memory[next].name = strdup(name);
    memory[next].path = strdup(path);
    next = (next + 1) % MOST_KNOWN;
}

static int find_by_name(const char *name, char **path, const struct vf_opencv_problem *problem)
{
    char *wanted = vf_cascade_file_name(name);
    const char *before = wanted ? recall(wanted) : NULL;
    struct hunt hunt = {.wanted = wanted, .path = before ? strdup(before) : NULL};
    int err = wanted ? VF_OK : -ENOMEM;
    if (!err && !hunt.path)
        err = look_everywhere(&hunt);
    if (hunt.path && !before)
        remember(wanted, hunt.path);
    *path = hunt.path;
    if (!err && !hunt.path) {
        refuse(&hunt, name, problem);
        err = -ENOENT;
    }
    for (size_t i = 0; i < hunt.count; i++)
        free(hunt.names[i]);
    free(hunt.names);
    free(wanted);
    return err;
}

int vf_cascade_file_find(const char *name, char **path, const struct vf_opencv_problem *problem)
{
    const char *dot = strrchr(name, '.');
    bool is_path = strchr(name, '/') != NULL;
    *path = NULL;
    if (!is_path && !(dot && strcmp(dot, ".xml") == 0 && access(name, F_OK) == 0))
        return find_by_name(name, path, problem);
    if (access(name, R_OK) != 0) {
        snprintf(problem->text, problem->size, "%s: %s", name, strerror(errno));
        return -ENOENT;
    }
    *path = strdup(name);
    return *path ? VF_OK : -ENOMEM;
}

/* What tells a file from what it was before. */
static char *describe(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    return vf_text_format("%s %lld %lld.%09ld", path, (long long)status.st_size,
                          (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

static char *known[MOST_KNOWN];

bool vf_cascade_file_is_sound(const char *path)
{
    char *described = describe(path);
    bool is_sound = false;
    for (size_t i = 0; i < MOST_KNOWN && described; i++)
        is_sound |= known[i] && strcmp(known[i], described) == 0;
    free(described);
    return is_sound;
}

void vf_cascade_file_note(const char *path)
{
    static size_t next;
    free(known[next]);
    known[next] = describe(path);
    next = (next + 1) % MOST_KNOWN;
}
