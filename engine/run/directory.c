/* SPDX-License-Identifier: MIT */
#include "engine/run/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

#define MAX_ATTEMPTS 1000 /* as often may other runs come between */
#define TMP "/tmp"
#define LOCK_NAME "lock"
#define UNLOCKED_NAME "unlocked"
#define MAX_LEVELS 4 /* of folders in a run's: workers have corners with keys */
#define DIGITS "0123456789"
#define LETTERS DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define RANDOM_LETTERS 6 /* after the process id and a hyphen */

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

/* What goes wrong with a folder matters less where the run can do without. */
static enum vf_log_level level_of(const struct vf_run_directory *directory, enum vf_log_level level)
{
    return directory->is_optional ? VF_LOG_INFO : level;
}

/* Does without a lock. No other run removes a folder that has none and is not empty. */
static int do_without(const struct vf_run_directory *made, int folder, int err)
{
    int fd = create_file(folder, UNLOCKED_NAME);
    (void)unlinkat(folder, LOCK_NAME, 0);
    if (fd < 0)
        return fd;
    close(fd);
    vf_log(level_of(made, VF_LOG_WARNING),
           "the folder of the run cannot be locked (flock: %s): if this run is killed, it stays",
           strerror(-err));
    return VF_OK;
}

/* Makes the lock of a fresh folder and takes it. Gives the descriptor to the caller: closing it in
 * all processes lets go. Where the file system has no locks, it becomes -1, and a warning says what
 * follows. Returns -EAGAIN or -ENOENT when somebody removes the folder, as one without a lock. */
static int take_lock(int folder, struct vf_run_directory *made)
{
    int fd = create_file(folder, LOCK_NAME);
    made->lock = -1;
    if (fd < 0)
        return fd;
    int err = take(fd);
    if (!err) {
        made->lock = fd;
        return VF_OK;
    }
    close(fd);
    return err == -EAGAIN ? err : do_without(made, folder, err);
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

/* Removes a run's folder and all that is in it, the lock last. Never follows links. Returns VF_OK
 * also when it was gone. */
static int remove_folder(int parent, const char *name)
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
    if (take(lock) == VF_OK && remove_folder(parent, name) == VF_OK)
        vf_log(VF_LOG_INFO, "removed %s, which a run has left that was killed", name);
    close(lock);
}

/* Removes from `parent` what runs have left that are over: folders of this user, named as runs
 * name them, whose lock nobody has. */
static void remove_stale_in(int parent)
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

static void remove_stale(const char *parent)
{
    int fd = open_folder(AT_FDCWD, parent);
    if (fd < 0)
        return;
    remove_stale_in(fd);
    close(fd);
}

/* Makes a folder of a fresh name with its lock. Returns -EAGAIN when another run came between. */
static int make_locked(struct vf_run_directory *made)
{
    if (!mkdtemp(made->path))
        return errno == ENOENT ? -EAGAIN : -errno;
    int err = make_own(made->path);
    int fd = err ? -1 : open_folder(AT_FDCWD, made->path);
    if (!err)
        err = fd < 0 ? -errno : take_lock(fd, made);
    if (fd >= 0)
        close(fd);
    if (err)
        (void)rmdir(made->path);
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
    err = make_locked(made);
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
        vf_log(level_of(made, VF_LOG_WARNING),
               "XDG_RUNTIME_DIR (%s) cannot be used: %s; " TMP " is", runtime, reason_of(err));
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
    if (err && parent)
        (void)rmdir(parent);
    free(parent);
    return err;
}

static int create(struct vf_run_directory *directory)
{
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
        vf_log(level_of(directory, VF_LOG_ERROR),
               "cannot make a private folder for the run in " TMP
               ": %s; set XDG_RUNTIME_DIR to a folder of yours that can be written",
               reason_of(err));
    directory->lack = err ? reason_of(err) : NULL;
    return err;
}

int vf_run_directory_create(struct vf_run_directory *directory)
{
    *directory = (struct vf_run_directory){.lock = -1};
    return create(directory);
}

int vf_run_directory_try(struct vf_run_directory *directory)
{
    *directory = (struct vf_run_directory){.lock = -1, .is_optional = true};
    return create(directory);
}

void vf_run_directory_remove(struct vf_run_directory *directory)
{
    if (!directory->path)
        return;
    char *slash = strrchr(directory->path, '/');
    *slash = '\0';
    int parent = open_folder(AT_FDCWD, directory->path);
    int err = parent < 0 ? -errno : remove_folder(parent, slash + 1);
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

/* Whether the process is there that has named a folder which cannot be locked. */
static bool is_there(const char *name)
{
    return kill((pid_t)strtol(name, NULL, 10), 0) == 0 || errno == EPERM;
}

/* Whether a run still has its folder: nobody else gets its lock. Without a card, it may be about to
 * take the lock, and is not to be kept from it. */
static bool is_in_use(int folder, const char *name)
{
    if (faccessat(folder, VF_RUN_CARD_FILE, F_OK, 0) != 0)
        return false;
    int lock = openat(folder, LOCK_NAME, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (lock < 0)
        return faccessat(folder, UNLOCKED_NAME, F_OK, 0) == 0 && is_there(name);
    bool is_used = flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(lock);
    return is_used;
}

static void visit_one(const char *parent, const char *name, vf_run_directory_visit *visit,
                      void *context)
{
    char *path = vf_text_format("%s/%s", parent, name);
    int folder = path ? open_folder(AT_FDCWD, path) : -1;
    if (folder >= 0 && is_own_folder(folder) && is_in_use(folder, name))
        visit(context, path);
    if (folder >= 0)
        close(folder);
    free(path);
}

static void visit_in(const char *parent, vf_run_directory_visit *visit, void *context)
{
    DIR *entries = opendir(parent);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        if (is_run_name(entry->d_name))
            visit_one(parent, entry->d_name, visit, context);
    }
    if (entries)
        closedir(entries);
}

/* Visits what is in those folders of `place` whose names are `stem`, or begin so with a hyphen: in
 * them, or in what is called `inner` in them. */
static void visit_like(const char *place, const char *stem, const char *inner,
                       vf_run_directory_visit *visit, void *context)
{
    DIR *entries = opendir(place);
    size_t length = strlen(stem);
    struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        const char *name = entry->d_name;
        if (strncmp(name, stem, length) != 0 || (name[length] && name[length] != '-'))
            continue;
        char *parent = vf_text_format("%s/%s%s", place, name, inner);
        if (parent)
            visit_in(parent, visit, context);
        free(parent);
    }
    if (entries)
        closedir(entries);
}

void vf_run_directory_visit_all(vf_run_directory_visit *visit, void *context)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *parent = runtime && runtime[0] == '/' ? vf_text_format("%s/vflow", runtime) : NULL;
    if (parent)
        visit_in(parent, visit, context);
    free(parent);
    if (getenv("VFLOW_TEST_RUNS"))
        return; /* tests see their own runs only, and stop no others */
    char *usual = vf_text_format("vflow-%u", (unsigned)geteuid());
    if (usual)
        visit_like(TMP, usual, "", visit, context);
    free(usual);
    visit_like("/run", "vflow", "/vflow", visit, context); /* of services: cmd/service.c */
}
