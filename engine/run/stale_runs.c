/* SPDX-License-Identifier: MIT */
#include "engine/run/stale_runs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"

#define LOCK_NAME "lock"
#define UNLOCKED_NAME "unlocked"
#define MAX_LEVELS 4 /* of folders in a run's: workers have corners with keys */
#define DIGITS "0123456789"
#define LETTERS DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define RANDOM_LETTERS 6 /* behind the process id and a hyphen */

/* Takes a lock without waiting. Returns -EAGAIN when somebody has it, or has removed the file, and
 * another error where there are no locks. */
static int take(int lock)
{
    struct stat status;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    return fstat(lock, &status) == 0 && status.st_nlink > 0 ? VF_OK : -EAGAIN;
}

static int create_file(int folder, const char *name)
{
    int fd =
        openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0)
        (void)fchmod(fd, S_IRUSR | S_IWUSR); /* whatever the umask is */
    return fd < 0 ? -errno : fd;
}

/* Does without a lock. No other run removes a folder that has none and is not empty. */
static int do_without(int folder, int err)
{
    int fd = create_file(folder, UNLOCKED_NAME);
    (void)unlinkat(folder, LOCK_NAME, 0);
    if (fd < 0)
        return fd;
    close(fd);
    vf_log(
        VF_LOG_WARNING,
        "the folder of the run's sockets cannot be locked (flock: %s): if this run is killed, it "
        "stays",
        strerror(-err));
    return VF_OK;
}

int vf_run_lock_take(int folder, int *lock)
{
    int fd = create_file(folder, LOCK_NAME);
    *lock = -1;
    if (fd < 0)
        return fd;
    int err = take(fd);
    if (!err) {
        *lock = fd;
        return VF_OK;
    }
    close(fd);
    return err == -EAGAIN ? err : do_without(folder, err);
}

static int open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Lends the entries of a folder until they are closed. NULL: it cannot be read. */
static DIR *open_entries(int folder)
{
    int fd = open_folder(folder, ".");
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries && fd >= 0)
        close(fd);
    return entries;
}

static bool is_itself_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes all that is in a folder but for the lock of its run. */
static void empty(int folder, unsigned level)
{
    DIR *entries = open_entries(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        const char *name = entry->d_name;
        bool is_lock = level == 0 && strcmp(name, LOCK_NAME) == 0;
        if (is_itself_or_parent(name) || is_lock || unlinkat(folder, name, 0) == 0)
            continue;
        int inner = level < MAX_LEVELS ? open_folder(folder, name) : -1;
        if (inner < 0)
            continue;
        empty(inner, level + 1);
        close(inner);
        (void)unlinkat(folder, name, AT_REMOVEDIR);
    }
    if (entries)
        closedir(entries);
}

int vf_run_folder_remove(int parent, const char *name)
{
    int folder = open_folder(parent, name);
    if (folder >= 0) {
        empty(folder, 0);
        (void)unlinkat(folder, LOCK_NAME, 0);
        close(folder);
    }
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? VF_OK : -errno;
}

static bool is_run_name(const char *name)
{
    size_t digits = strspn(name, DIGITS);
    const char *rest = name + digits + 1;
    return digits && name[digits] == '-' && strlen(rest) == RANDOM_LETTERS &&
           strspn(rest, LETTERS) == RANDOM_LETTERS;
}

static bool is_own_folder(int folder)
{
    struct stat status;
    return fstat(folder, &status) == 0 && status.st_uid == geteuid();
}

/* Removes a folder that has no lock, if it is empty: its run was killed when it began or ended. One
 * that is just beginning makes another. */
static void remove_empty(int parent, const char *name)
{
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

static void consider(int parent, const char *name)
{
    int folder = open_folder(parent, name);
    if (folder < 0)
        return;
    bool is_own = is_own_folder(folder);
    int lock =
        is_own ? openat(folder, LOCK_NAME, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    bool has_none = is_own && lock < 0 && errno == ENOENT;
    close(folder);
    if (has_none)
        remove_empty(parent, name);
    if (lock < 0)
        return;
    /* Held until the folder is gone: so no second one removes it at the same time. */
    if (take(lock) == VF_OK && vf_run_folder_remove(parent, name) == VF_OK)
        vf_log(VF_LOG_INFO, "removed %s, which a run has left that was killed", name);
    close(lock);
}

void vf_stale_runs_remove(int parent)
{
    DIR *entries = open_entries(parent);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        if (is_run_name(entry->d_name))
            consider(parent, entry->d_name);
    }
    if (entries)
        closedir(entries);
}
