/* SPDX-License-Identifier: MIT */
#include "engine/base/file_place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define MAX_LINKS 40 /* as many as Linux follows */
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* A path that is being followed. */
struct walk {
    struct vf_file_place *place;
    char *rest; /* what is still to be followed, from place->folder on */
    unsigned links;
};

/* Returns whether somebody else may have put that into the folder to deceive us. `is_kept` says
 * that it matters only where nobody else can take away what is ours. */
static bool is_foreign(int folder, const struct stat *what, bool is_kept)
{
    struct stat status;
    if (fstat(folder, &status) != 0)
        return true;
    bool is_sticky = status.st_mode & S_ISVTX;
    bool is_shared = (status.st_mode & S_IWOTH) || (is_sticky && (status.st_mode & S_IWGRP));
    return is_shared && (is_sticky || !is_kept) && what->st_uid != geteuid() &&
           what->st_uid != status.st_uid;
}

static int enter(struct walk *walk, const char *folder, int flags)
{
    int fd = openat(walk->place->folder, folder, flags);
    if (fd < 0)
        return -errno;
    if (walk->place->folder >= 0)
        close(walk->place->folder);
    walk->place->folder = fd;
    return VF_OK;
}

/* Goes to where the path `to` begins, and on from there. */
static int turn(struct walk *walk, const char *to)
{
    char *rest = vf_text_format("%s%s%s", to, walk->rest[0] ? "/" : "", walk->rest);
    if (!rest)
        return -ENOMEM;
    free(walk->rest);
    walk->rest = rest;
    return to[0] == '/' ? enter(walk, "/", FOLDER_FLAGS) : VF_OK;
}

static int follow(struct walk *walk, const char *name, const struct stat *link)
{
    char target[PATH_MAX];
    if (++walk->links > MAX_LINKS)
        return -ELOOP;
    walk->place->is_foreign = is_foreign(walk->place->folder, link, false);
    if (walk->place->is_foreign)
        return -EPERM;
    ssize_t length = readlinkat(walk->place->folder, name, target, sizeof(target) - 1);
    if (length <= 0)
        return length ? -errno : -ENOENT;
    target[length] = '\0';
    return turn(walk, target);
}

/* Takes the first name off the rest of the path: the caller's. NULL: out of memory. */
static char *take_name(struct walk *walk)
{
    const char *begin = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(begin, "/");
    char *name = strndup(begin, length);
    const char *after = begin + length;
    memmove(walk->rest, after, strlen(after) + 1);
    return name;
}

/* Keeps *name, and what is there, as the place. */
static int arrive(struct walk *walk, char **name, const struct stat *status)
{
    struct vf_file_place *place = walk->place;
    bool is_folder = walk->rest[0] || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0;
    place->name = *name;
    *name = NULL;
    place->is_there = status;
    if (status)
        place->status = *status;
    if (is_folder || (status && S_ISDIR(status->st_mode)))
        return -EISDIR;
    place->is_foreign = status && is_foreign(place->folder, status, true);
    return place->is_foreign ? -EPERM : VF_OK;
}

/* Goes one name further. Returns VF_END where the path ends. */
static int step(struct walk *walk)
{
    struct stat status;
    char *name = take_name(walk);
    if (!name)
        return -ENOMEM;
    bool is_last = walk->rest[strspn(walk->rest, "/")] == '\0';
    int err = VF_OK;
    bool is_there = fstatat(walk->place->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!name[0] || (!is_there && !(is_last && errno == ENOENT))) {
        err = name[0] ? -errno : -EISDIR;
    } else if (is_there && S_ISLNK(status.st_mode)) {
        walk->place->is_linked = walk->place->is_linked || is_last;
        err = follow(walk, name, &status);
    } else if (is_last) {
        err = arrive(walk, &name, is_there ? &status : NULL);
        err = err ? err : VF_END;
    } else {
        err = enter(walk, name, FOLDER_FLAGS | O_NOFOLLOW);
    }
    free(name);
    return err;
}

int vf_file_place_find(struct vf_file_place *place, const char *path)
{
    *place = (struct vf_file_place){.folder = -1};
    struct walk walk = {.place = place, .rest = strdup("")};
    int err = !walk.rest ? -ENOMEM : path[0] ? VF_OK : -ENOENT;
    place->folder = open(".", FOLDER_FLAGS);
    if (!err && place->folder < 0)
        err = path[0] == '/' ? VF_OK : -errno;
    if (!err)
        err = turn(&walk, path);
    while (!err)
        err = step(&walk);
    free(walk.rest);
    return err == VF_END ? VF_OK : err;
}

int vf_file_place_open(const struct vf_file_place *place, int flags, mode_t mode)
{
    int fd = openat(place->folder, place->name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    return fd < 0 ? -errno : fd;
}

const char *vf_file_place_explain(const struct vf_file_place *place, int err)
{
    return place->is_foreign ? "it is somebody else's, in a folder that everyone may write to"
                             : strerror(-err);
}

const char *vf_file_place_path(const char *path)
{
    return strncmp(path, "file:/", strlen("file:/")) == 0 ? path + strlen("file:") : path;
}

size_t vf_file_place_scheme(const char *path)
{
    size_t scheme =
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    bool is_url = scheme > 1 && isalpha((unsigned char)path[0]) && path[scheme] == ':' &&
                  (strncmp(path + scheme, "://", 3) == 0 || access(path, F_OK) != 0);
    return is_url ? scheme : 0;
}

bool vf_file_place_is_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/"};
    static const char *const files[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (size_t i = 0; i < VF_COUNT(folders); i++) {
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    }
    for (size_t i = 0; i < VF_COUNT(files); i++) {
        if (strcmp(path, files[i]) == 0)
            return true;
    }
    return false;
}

void vf_file_place_finish(struct vf_file_place *place)
{
    if (place->folder >= 0)
        close(place->folder);
    free(place->name);
    *place = (struct vf_file_place){.folder = -1};
}
