/* SPDX-License-Identifier: MIT */
#include "engine/base/new_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/part_name.h"
#include "engine/base/text.h"

#define MAX_TRIES 100
#define ANY_MODE 0777 /* but for what the umask forbids */

/* What is done with each file of a folder. */
typedef int file_visitor(const struct vf_new_folder *folder, int fd, const char *name);

static int create_folder(struct vf_new_folder *folder)
{
    int err = -EEXIST;
    for (unsigned i = 0; err == -EEXIST && i < MAX_TRIES; i++) {
        free(folder->folder_name);
        folder->folder_name = vf_part_name_draw_folder(folder->place.folder, folder->place.name);
        err = !folder->folder_name                                                ? -ENOMEM
              : mkdirat(folder->place.folder, folder->folder_name, ANY_MODE) == 0 ? VF_OK
                                                                                  : -errno;
    }
    return err;
}

/* Says where the file is, or where it is missing, the folder. */
static int tell_part(struct vf_new_folder *folder, bool is_there)
{
    char *told = vf_part_name_tell(&folder->place, folder->path, folder->folder_name);
    free(folder->part);
    folder->part = !told      ? NULL
                   : is_there ? vf_text_format("%s/%s", told, folder->place.name)
                              : strdup(told);
    free(told);
    return folder->part ? VF_OK : -ENOMEM;
}

int vf_new_folder_create(struct vf_new_folder *folder, const char *path, bool must_not_replace)
{
    *folder = (struct vf_new_folder){
        .path = strdup(path), .place.folder = -1, .must_not_replace = must_not_replace};
    int err = folder->path ? vf_file_place_find(&folder->place, path) : -ENOMEM;
    bool is_special = folder->place.is_there && !S_ISREG(folder->place.status.st_mode);
    if (!err && (folder->place.is_linked || is_special))
        err = -ENOTSUP;
    if (!err)
        err = create_folder(folder);
    return err ? err : tell_part(folder, true);
}

/* Calls `visit` for each file of the folder `name`, up to the first failure. */
static int visit_files(const struct vf_new_folder *folder, const char *name, file_visitor *visit)
{
    int fd = openat(folder->place.folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *files = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *file;
    int err = files ? VF_OK : -errno;
    while (files && !err && (file = readdir(files))) {
        if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0)
            err = visit(folder, fd, file->d_name);
    }
    if (files)
        closedir(files);
    else if (fd >= 0)
        close(fd);
    return err;
}

static int refuse_to_replace(const struct vf_new_folder *folder, int fd, const char *name)
{
    (void)fd;
    return faccessat(folder->place.folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -EEXIST : VF_OK;
}

static int give_name(const struct vf_new_folder *folder, int fd, const char *name)
{
    if (folder->must_not_replace)
        return vf_new_file_rename(fd, name, folder->place.folder, name);
    return renameat(fd, name, folder->place.folder, name) == 0 ? VF_OK : -errno;
}

static int give_name_to_other(const struct vf_new_folder *folder, int fd, const char *name)
{
    return strcmp(name, folder->place.name) == 0 ? VF_OK : give_name(folder, fd, name);
}

static int remove_file(const struct vf_new_folder *folder, int fd, const char *name)
{
    (void)folder;
    unlinkat(fd, name, 0); /* what stays keeps its folder, which tells */
    return VF_OK;
}

int vf_new_folder_publish(struct vf_new_folder *folder)
{
    const char *name = folder->folder_name;
    int err = folder->must_not_replace ? visit_files(folder, name, refuse_to_replace) : VF_OK;
    if (!err)
        err = visit_files(folder, name, give_name_to_other);
    if (!err)
        err = visit_files(folder, name, give_name);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot give %s and its files their names: %s; it stays %s",
               folder->path, strerror(-err), folder->part);
    else
        unlinkat(folder->place.folder, name, AT_REMOVEDIR);
    return err;
}

/* A folder takes the name of an empty one. */
static int rename_to_partial(const struct vf_new_folder *folder, const char *name)
{
    int place = folder->place.folder;
    if (folder->must_not_replace)
        return vf_new_file_rename(place, folder->folder_name, place, name);
    int err = visit_files(folder, name, remove_file);
    if (!err || err == -ENOENT)
        err = renameat(place, folder->folder_name, place, name) == 0 ? VF_OK : -errno;
    return err;
}

int vf_new_folder_keep_part(struct vf_new_folder *folder)
{
    char *name = vf_part_name_keep_folder(folder->place.folder, folder->place.name);
    int err = name ? rename_to_partial(folder, name) : -ENOMEM;
    if (err) {
        vf_log(VF_LOG_WARNING, "%s keeps its provisional name: %s", folder->part, strerror(-err));
        free(name);
    } else {
        free(folder->folder_name);
        folder->folder_name = name;
    }
    char *file = vf_text_format("%s/%s", folder->folder_name, folder->place.name);
    bool is_there = file && faccessat(folder->place.folder, file, F_OK, 0) == 0;
    free(file);
    int told = tell_part(folder, is_there);
    return err ? err : told;
}

void vf_new_folder_remove(struct vf_new_folder *folder)
{
    int err = visit_files(folder, folder->folder_name, remove_file);
    if (!err)
        unlinkat(folder->place.folder, folder->folder_name, AT_REMOVEDIR);
}

void vf_new_folder_finish(struct vf_new_folder *folder)
{
    vf_file_place_finish(&folder->place);
    free(folder->path);
    free(folder->part);
    free(folder->folder_name);
    *folder = (struct vf_new_folder){.place.folder = -1};
}
