/* SPDX-License-Identifier: MIT */
#include "engine/media/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

/* "out.mp4" becomes "out.part-1234.mp4": still playable by its ending, and no other's. */
static char *name_part(const char *target)
{
    const char *slash = strrchr(target, '/');
    const char *base = slash ? slash + 1 : target;
    const char *dot = strrchr(base, '.');
    const char *ending = dot && dot != base ? dot : base + strlen(base);
    return vf_text_format("%.*s.part-%ld%s", (int)(ending - target), target, (long)getpid(),
                          ending);
}

int vf_part_file_refuse(const struct vf_part_file *file)
{
    vf_log(VF_LOG_ERROR, "%s exists already, and is not to be replaced", file->path);
    return -EEXIST;
}

int vf_part_file_init(struct vf_part_file *file, const char *path, bool is_url,
                      bool must_not_replace)
{
    struct stat status;
    bool is_there = !is_url && stat(path, &status) == 0;
    bool is_direct = is_url || (is_there && !S_ISREG(status.st_mode));
    *file = (struct vf_part_file){.path = strdup(path), .must_not_replace = must_not_replace};
    if (is_there && !is_direct)
        file->target = realpath(path, NULL);
    if (!file->target)
        file->target = strdup(path);
    if (file->target && !is_direct)
        file->part = name_part(file->target);
    int err = VF_OK;
    if (!file->path || !file->target || (!is_direct && !file->part))
        err = -ENOMEM;
    else if (is_there && !is_direct && must_not_replace)
        err = vf_part_file_refuse(file);
    if (err)
        vf_part_file_finish(file);
    return err;
}

void vf_part_file_finish(struct vf_part_file *file)
{
    free(file->path);
    free(file->target);
    free(file->part);
    *file = (struct vf_part_file){0};
}

/* Some file systems cannot rename without replacing, but all of them refuse a second link. */
static int rename_without_replacing(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(from, to) != 0)
        return -1;
    unlink(from);
    return 0;
}

int vf_part_file_publish(struct vf_part_file *file)
{
    if (!file->part)
        return VF_OK;
    int failed = file->must_not_replace ? rename_without_replacing(file->part, file->target)
                                        : rename(file->part, file->target);
    int err = failed ? -errno : VF_OK;
    if (err)
        vf_log(VF_LOG_ERROR, "cannot give %s its name: %s; it stays %s", file->path, strerror(-err),
               file->part);
    return err;
}

int vf_part_file_replace(struct vf_part_file *file, const char *path)
{
    return rename(path, file->part) == 0 ? VF_OK : -errno;
}

void vf_part_file_remove(struct vf_part_file *file)
{
    if (file->part)
        unlink(file->part);
}
