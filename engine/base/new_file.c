/* SPDX-License-Identifier: MIT */
#include "engine/base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/durable.h"
#include "engine/base/log.h"
#include "engine/base/part_name.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

#define MAX_TRIES 100
#define ANY_MODE 0666 /* but for what the umask forbids */
#define COPY_SIZE (1u << 20)

static const char second_mark[] = ".whole";

static int log_failure(const struct vf_new_file *file, const char *what, int err)
{
    vf_log(VF_LOG_ERROR, "cannot %s %s: %s", what, file->path,
           vf_file_place_explain(&file->place, err));
    return err;
}

int vf_new_file_refuse(const struct vf_new_file *file)
{
    vf_log(VF_LOG_ERROR, "%s exists already, and is not to be replaced", file->path);
    return -EEXIST;
}

/* Returns whether something is there that is no file on a disk. */
static bool is_special(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || S_ISDIR(status.st_mode))
        return false;
    return !S_ISREG(status.st_mode) || vf_file_place_is_descriptor(path);
}

int vf_new_file_init_direct(struct vf_new_file *file, const char *path)
{
    *file = (struct vf_new_file){
        .path = strdup(path), .fd = -1, .way = VF_NEW_FILE_DIRECT, .place.folder = -1};
    return file->path ? VF_OK : -ENOMEM;
}

int vf_new_file_init(struct vf_new_file *file, const char *path, bool must_not_replace)
{
    signal(SIGXFSZ, SIG_IGN); /* a limit of sizes is an error to be reported, like a full disk */
    int err = vf_new_file_init_direct(file, path);
    if (err)
        return err;
    file->must_not_replace = must_not_replace;
    if (!is_special(path))
        file->way = VF_NEW_FILE_BESIDE;
    if (!vf_file_place_is_descriptor(path))
        err = vf_file_place_find(&file->place, path);
    if (err)
        log_failure(file, "write", err);
    else if (file->way != VF_NEW_FILE_DIRECT && file->place.is_there && must_not_replace)
        err = vf_new_file_refuse(file);
    if (err)
        vf_new_file_finish(file);
    return err;
}

void vf_new_file_finish(struct vf_new_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    vf_file_place_finish(&file->place);
    free(file->path);
    free(file->part);
    free(file->part_name);
    free(file->second_name);
    *file = (struct vf_new_file){.fd = -1, .place.folder = -1};
}

/* Gives the file what its predecessor had: the group's rights only with the group. */
static void inherit(int fd, const struct stat *older)
{
    mode_t mode = older->st_mode & 0777;
    bool has_owner = fchown(fd, older->st_uid, older->st_gid) == 0;
    bool has_group = has_owner || fchown(fd, (uid_t)-1, older->st_gid) == 0;
    if (!has_group)
        mode &= ~(mode_t)070 | (mode & 07) << 3;
    (void)!fchmod(fd, mode); /* a file system without modes does without */
}

static int create_at(const struct vf_new_file *file, const char *name)
{
    const struct vf_file_place *place = &file->place;
    mode_t mode = place->is_there ? S_IRUSR | S_IWUSR : ANY_MODE;
    int fd = openat(place->folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0 && place->is_there)
        inherit(fd, &place->status);
    return fd < 0 ? -errno : fd;
}

static int create_beside(struct vf_new_file *file)
{
    int fd = -EEXIST;
    for (unsigned i = 0; fd == -EEXIST && i < MAX_TRIES; i++) {
        free(file->part_name);
        file->part_name =
            vf_part_name_draw(file->place.folder, file->place.name, strlen(second_mark));
        fd = file->part_name ? create_at(file, file->part_name) : -ENOMEM;
    }
    if (fd < 0)
        return fd;
    file->fd = fd;
    file->part = vf_part_name_tell(&file->place, file->path, file->part_name);
    return file->part ? VF_OK : -ENOMEM;
}

static int open_shared(struct vf_new_file *file, bool is_left)
{
    struct vf_file_place place;
    int fd = vf_file_place_find(&place, file->part);
    int how = is_left ? 0 : O_CREAT | O_TRUNC;
    if (!fd)
        fd = vf_file_place_open(&place, O_RDWR | O_APPEND | how, ANY_MODE);
    vf_file_place_finish(&place);
    if (fd >= 0 && file->place.is_there)
        inherit(fd, &file->place.status);
    return fd;
}

int vf_new_file_create_part(struct vf_new_file *file, bool is_left)
{
    file->is_shared = true;
    file->part_name = vf_part_name_keep(file->place.folder, file->place.name);
    file->part =
        file->part_name ? vf_part_name_tell(&file->place, file->path, file->part_name) : NULL;
    if (!file->part)
        return -ENOMEM;
    file->fd = open_shared(file, is_left);
    return file->fd < 0 ? file->fd : VF_OK;
}

/* The folder refuses a new file for the reason `why`; the older one may be ours to write. */
static int open_in_place(struct vf_new_file *file, int why)
{
    if (!file->place.is_there || file->must_not_replace)
        return why;
    file->fd = vf_file_place_open(&file->place, O_RDWR, 0);
    if (file->fd < 0)
        return why;
    file->way = VF_NEW_FILE_IN_PLACE;
    vf_log(VF_LOG_INFO, "%s is written in place: its folder takes no new file: %s", file->path,
           strerror(-why));
    return VF_OK;
}

int vf_new_file_create(struct vf_new_file *file)
{
    if (file->way == VF_NEW_FILE_DIRECT) {
        file->fd = open(file->path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
        return file->fd < 0 ? -errno : VF_OK;
    }
    int err = create_beside(file);
    if (err == -EACCES || err == -EPERM || err == -EROFS)
        err = open_in_place(file, err);
    return err;
}

int vf_new_file_empty(struct vf_new_file *file)
{
    bool is_due = file->way == VF_NEW_FILE_IN_PLACE && !file->is_emptied;
    file->is_emptied = true;
    return is_due && ftruncate(file->fd, 0) != 0 ? -errno : VF_OK;
}

int vf_new_file_fill(struct vf_new_file *file, const void *bytes, size_t size)
{
    int err = vf_new_file_empty(file);
    return err ? err : vf_write_all(file->fd, bytes, size);
}

int vf_new_file_second(struct vf_new_file *file)
{
    file->second_name = vf_text_format("%s%s", file->part_name, second_mark);
    return file->second_name ? create_at(file, file->second_name) : -ENOMEM;
}

/* Has a file of the folder on the disk whose descriptor is another's. */
static int secure_bytes(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int err = fd < 0 ? -errno : vf_durable_bytes(fd);
    if (fd >= 0)
        close(fd);
    return err;
}

int vf_new_file_keep_second(struct vf_new_file *file)
{
    int folder = file->place.folder;
    int err = file->is_durable ? secure_bytes(folder, file->second_name) : VF_OK;
    if (err)
        return err;
    return renameat(folder, file->second_name, folder, file->part_name) == 0 ? VF_OK : -errno;
}

void vf_new_file_drop_second(struct vf_new_file *file)
{
    if (file->second_name)
        unlinkat(file->place.folder, file->second_name, 0);
}

/* Some file systems cannot rename without replacing, but all of them refuse a second link. */
int vf_new_file_rename(int from_folder, const char *from, int to_folder, const char *to)
{
    if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0)
        return VF_OK;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(from_folder, from, to_folder, to, 0) != 0)
        return -errno;
    unlinkat(from_folder, from, 0);
    return VF_OK;
}

static int rename_part(const struct vf_new_file *file)
{
    int folder = file->place.folder, err = VF_OK;
    if (file->must_not_replace)
        err = vf_new_file_rename(folder, file->part_name, folder, file->place.name);
    else if (renameat(folder, file->part_name, folder, file->place.name) != 0)
        err = -errno;
    return err == -ENOENT && file->is_shared ? VF_OK : err;
}

/* What is lost of the older file is lost for nothing where the new one does not fit. */
static int check_room(int to, off_t size)
{
    struct statvfs disk;
    struct stat older;
    if (fstatvfs(to, &disk) != 0 || fstat(to, &older) != 0)
        return VF_OK; /* writing will show */
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize + (uint64_t)older.st_blocks * 512;
    return (uint64_t)size <= room ? VF_OK : -ENOSPC;
}

static int copy_bytes(int from, int to, off_t size)
{
    char *buffer = malloc(COPY_SIZE);
    int err = buffer ? VF_OK : -ENOMEM;
    off_t place = 0;
    while (!err && place < size) {
        ssize_t count = pread(from, buffer, COPY_SIZE, place);
        if (count <= 0)
            err = count ? -errno : -EIO;
        else
            err = vf_write_all(to, buffer, (size_t)count);
        place += count > 0 ? count : 0;
    }
    free(buffer);
    if (!err && ftruncate(to, size) != 0)
        err = -errno;
    return err;
}

/* Copies the file into one whose name cannot be taken away. */
static int copy_into(const struct vf_new_file *file)
{
    struct stat status;
    int folder = file->place.folder;
    int from = openat(folder, file->part_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int to = from < 0 ? -errno : vf_file_place_open(&file->place, O_WRONLY, 0);
    int err = to < 0 ? to : VF_OK;
    if (!err && fstat(from, &status) != 0)
        err = -errno;
    if (!err)
        err = check_room(to, status.st_size);
    if (!err)
        err = copy_bytes(from, to, status.st_size);
    if (!err && file->is_durable)
        err = vf_durable_bytes(to);
    if (to >= 0 && close(to) != 0 && !err)
        err = -errno;
    if (from >= 0)
        close(from);
    if (!err)
        unlinkat(folder, file->part_name, 0);
    return err;
}

static int close_file(struct vf_new_file *file)
{
    int fd = file->fd;
    int err = fd >= 0 && file->is_durable ? vf_durable_bytes(fd) : VF_OK;
    file->fd = -1;
    if (fd >= 0 && close(fd) != 0 && !err)
        err = -errno;
    return err;
}

int vf_new_file_show(struct vf_new_file *file)
{
    int err = file->way == VF_NEW_FILE_BESIDE ? rename_part(file) : vf_new_file_empty(file);
    if (!err && file->way == VF_NEW_FILE_BESIDE)
        file->way = VF_NEW_FILE_IN_PLACE;
    return err;
}

static int secure_name(const struct vf_new_file *file)
{
    int err = vf_durable_names(file->place.folder);
    return err ? log_failure(file, "have on the disk the name of", err) : VF_OK;
}

int vf_new_file_publish(struct vf_new_file *file)
{
    int err = close_file(file);
    if (err)
        log_failure(file, "write", err);
    if (err || file->way != VF_NEW_FILE_BESIDE)
        return err;
    err = rename_part(file);
    if (err == -EBUSY || err == -EXDEV) /* it is mounted */
        err = copy_into(file);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot give %s its name: %s; it stays %s", file->path, strerror(-err),
               file->part);
    else if (file->is_durable)
        err = secure_name(file);
    return err;
}

static int write_text(const char *path, const char *what, const char *text, bool is_durable)
{
    struct vf_new_file file;
    int err = vf_new_file_init(&file, path, false);
    if (err)
        return err;
    file.is_durable = is_durable;
    err = vf_new_file_create(&file);
    if (!err)
        err = vf_new_file_fill(&file, text, strlen(text));
    if (err) {
        vf_log(VF_LOG_ERROR, "cannot write %s%s%s: %s", what ? what : "", what ? " " : "", path,
               strerror(-err));
        vf_new_file_remove(&file);
    } else {
        err = vf_new_file_publish(&file);
    }
    vf_new_file_finish(&file);
    return err;
}

int vf_new_file_write(const char *path, const char *what, const char *text)
{
    return write_text(path, what, text, false);
}

int vf_new_file_write_durably(const char *path, const char *what, const char *text)
{
    return write_text(path, what, text, true);
}

/* Takes `name`, also when it fails. */
static int rename_to_partial(struct vf_new_file *file, char *name)
{
    int folder = file->place.folder, err = VF_OK;
    if (!name)
        return -ENOMEM;
    if (file->must_not_replace)
        err = vf_new_file_rename(folder, file->part_name, folder, name);
    else if (renameat(folder, file->part_name, folder, name) != 0)
        err = -errno;
    if (err) {
        free(name);
        return err;
    }
    free(file->part_name);
    free(file->part);
    file->part_name = name;
    file->part = vf_part_name_tell(&file->place, file->path, file->part_name);
    return file->part ? VF_OK : -ENOMEM;
}

int vf_new_file_keep_part(struct vf_new_file *file)
{
    int err = close_file(file);
    if (err)
        log_failure(file, "write", err);
    if (file->way != VF_NEW_FILE_BESIDE || !file->part_name)
        return err;
    int renamed = rename_to_partial(file, vf_part_name_keep(file->place.folder, file->place.name));
    if (renamed)
        vf_log(VF_LOG_WARNING, "%s keeps its provisional name: %s", file->part, strerror(-renamed));
    return err ? err : renamed;
}

void vf_new_file_remove(struct vf_new_file *file)
{
    if (file->part_name && file->way == VF_NEW_FILE_BESIDE)
        unlinkat(file->place.folder, file->part_name, 0);
}

int vf_new_file_try(const char *path)
{
    struct vf_new_file file;
    int err = vf_new_file_init(&file, path, false);
    if (err)
        return err;
    if (file.way == VF_NEW_FILE_DIRECT)
        err = access(path, W_OK) == 0 ? VF_OK : -errno;
    else
        err = vf_new_file_create(&file);
    if (err)
        (void)log_failure(&file, "write", err);
    vf_new_file_remove(&file);
    vf_new_file_finish(&file);
    return err;
}
