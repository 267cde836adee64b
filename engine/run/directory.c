/* SPDX-License-Identifier: MIT */
#include "engine/run/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/run/stale_runs.h"

#define MAX_ATTEMPTS 1000 /* as often may other runs come between */
#define TMP "/tmp"

/* Returns why a folder is no private one of this user's, or VF_OK. What is, but has other rights,
 * gets the right ones: a umask may have taken some away. */
static int make_own(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return -errno;
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid())
        return -EPERM;
    if ((status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) == S_IRWXU)
        return VF_OK;
    return chmod(path, S_IRWXU) == 0 ? VF_OK : -errno;
}

/* Makes the folder of all runs, if it is not there. One in /tmp may have been put there by somebody
 * else, or be a link. Returns -EAGAIN when the last run that was in it takes it away at this
 * moment. */
static int make_private(const char *path)
{
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
        return -errno;
    int err = make_own(path);
    return err == -ENOENT ? -EAGAIN : err;
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
    int err = make_own(path);
    int fd = err ? -1 : open_folder(path);
    if (!err)
        err = fd < 0 ? -errno : vf_run_lock_take(fd, lock);
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
    if (err) {
        free(made->path);
        made->path = NULL;
    }
    return err;
}

static int create_in(const char *parent, struct vf_run_directory *made)
{
    int err = -EAGAIN;
    for (unsigned i = 0; err == -EAGAIN && i < MAX_ATTEMPTS; i++)
        err = try_to_create(parent, made);
    return err;
}

static const char *reason_of(int err)
{
    if (err == -EPERM)
        return "it is not a folder of yours alone";
    return err == -EAGAIN ? "others keep removing it" : strerror(-err);
}

/* Tries $XDG_RUNTIME_DIR. Returns 1 when that is not to be used. */
static int create_in_runtime(struct vf_run_directory *made)
{
    struct stat status;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (!runtime || runtime[0] != '/')
        return 1;
    int err = stat(runtime, &status) == 0 ? VF_OK : -errno;
    if (!err && (!S_ISDIR(status.st_mode) || status.st_uid != geteuid()))
        err = -EPERM; /* that of somebody else, after su(1) for example, who could remove it */
    char *parent = err ? NULL : vf_text_format("%s/vflow", runtime);
    if (!err)
        err = parent ? create_in(parent, made) : -ENOMEM;
    free(parent);
    if (err)
        vf_log(VF_LOG_WARNING, "XDG_RUNTIME_DIR (%s) cannot be used: %s; " TMP " is", runtime,
               reason_of(err));
    return err ? 1 : VF_OK;
}

/* Removes what runs have left that were killed in folders of random names. */
static void remove_stale_strays(const char *usual)
{
    const char *name = strrchr(usual, '/') + 1;
    DIR *entries = opendir(TMP);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        size_t length = strlen(name);
        if (strncmp(entry->d_name, name, length) != 0 || entry->d_name[length] != '-')
            continue;
        char *path = vf_text_format(TMP "/%s", entry->d_name);
        if (path && make_own(path) == VF_OK) {
            remove_stale(path);
            (void)rmdir(path);
        }
        free(path);
    }
    if (entries)
        closedir(entries);
}

/* Where somebody else has the usual name, a folder that nobody could foresee does as well. */
static int create_astray(const char *usual, struct vf_run_directory *made)
{
    char *parent = vf_text_format("%s-XXXXXX", usual);
    int err = parent ? VF_OK : -ENOMEM;
    remove_stale_strays(usual);
    if (!err && !mkdtemp(parent))
        err = -errno;
    if (!err)
        err = create_in(parent, made);
    free(parent);
    return err;
}

int vf_run_directory_create(struct vf_run_directory *directory)
{
    *directory = (struct vf_run_directory){.lock = -1};
    int err = create_in_runtime(directory);
    if (err <= 0)
        return err;
    char *usual = vf_text_format(TMP "/vflow-%u", (unsigned)geteuid());
    err = usual ? create_in(usual, directory) : -ENOMEM;
    if (usual && err) {
        vf_log(VF_LOG_INFO, "%s cannot be used: %s", usual, reason_of(err));
        err = create_astray(usual, directory);
    }
    free(usual);
    if (err)
        vf_log(VF_LOG_ERROR,
               "cannot make a private folder for the sockets of the run in " TMP
               ": %s; set XDG_RUNTIME_DIR to a folder of yours that can be written",
               reason_of(err));
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
    if (directory->lock >= 0)
        close(directory->lock);
    (void)rmdir(directory->path); /* the folder of all runs goes with the last of them */
    free(directory->path);
    *directory = (struct vf_run_directory){.lock = -1};
}
