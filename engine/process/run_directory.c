/* SPDX-License-Identifier: MIT */
#include "engine/process/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/process/stale_runs.h"

#define MAX_ATTEMPTS 1000 /* as often may other runs come between */

/* Makes the folder of all runs, if it is not there. One in /tmp may have been put there by somebody
 * else, with other rights or as a link. Returns -EAGAIN when the last run that was in it takes it
 * away at this moment. */
static int make_private(const char *path)
{
    struct stat status;
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        int err = -errno;
        vf_log(VF_LOG_ERROR, "cannot create the folder %s: %s", path, strerror(errno));
        return err;
    }
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? -EAGAIN : -errno;
    if (S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return VF_OK;
    vf_log(VF_LOG_ERROR,
           "%s is not a folder of yours alone (mode 0700); remove it, or set "
           "XDG_RUNTIME_DIR to a private folder",
           path);
    return -EPERM;
}

static char *parent_path(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/')
        return vf_text_format("%s/vflow", runtime);
    return vf_text_format("/tmp/vflow-%u", (unsigned)geteuid());
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_stale(const char *parent)
{
    int fd = open_folder(parent);
    if (fd < 0)
        return;
    vf_stale_runs_remove(fd);
    close(fd);
}

/* Makes a folder of a fresh name with its lock. Returns -EAGAIN when another run came between. */
static int make_locked(char *path, int *lock)
{
    if (!mkdtemp(path))
        return errno == ENOENT ? -EAGAIN : -errno;
    int fd = open_folder(path);
    int err = fd < 0 ? -errno : vf_run_lock_take(fd, lock);
    if (fd >= 0)
        close(fd);
    if (err)
        (void)rmdir(path);
    return err == -ENOENT ? -EAGAIN : err;
}

static int try_to_create(const char *parent, struct vf_run_directory *made)
{
    int err = make_private(parent);
    if (err)
        return err;
    remove_stale(parent);
    made->path = vf_text_format("%s/%d-XXXXXX", parent, (int)getpid());
    if (!made->path)
        return -ENOMEM;
    err = make_locked(made->path, &made->lock);
    if (!err)
        return VF_OK;
    if (err != -EAGAIN)
        vf_log(VF_LOG_ERROR, "cannot create a folder in %s: %s", parent, strerror(-err));
    free(made->path);
    made->path = NULL;
    return err;
}

int vf_run_directory_create(struct vf_run_directory *directory)
{
    char *parent = parent_path();
    int err = parent ? -EAGAIN : -ENOMEM;
    *directory = (struct vf_run_directory){0};
    for (unsigned i = 0; err == -EAGAIN && i < MAX_ATTEMPTS; i++)
        err = try_to_create(parent, directory);
    if (err == -EAGAIN)
        vf_log(VF_LOG_ERROR, "cannot create a folder in %s: others keep removing it", parent);
    free(parent);
    return err;
}

void vf_run_directory_remove(struct vf_run_directory *directory)
{
    if (!directory->path)
        return;
    char *slash = strrchr(directory->path, '/');
    *slash = '\0';
    int parent = open_folder(directory->path);
    int err = parent < 0 ? -errno : vf_run_folder_remove(parent, slash + 1);
    if (err < 0)
        vf_log(VF_LOG_WARNING, "cannot remove %s/%s: %s", directory->path, slash + 1,
               strerror(-err));
    if (parent >= 0)
        close(parent);
    close(directory->lock);
    (void)rmdir(directory->path); /* the folder of all runs goes with the last of them */
    free(directory->path);
    *directory = (struct vf_run_directory){0};
}
