/* SPDX-License-Identifier: MIT */
#include "engine/process/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

/* A folder in /tmp may have been put there by somebody else, with other rights or as a link. */
static bool is_private(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static int make_private(const char *path)
{
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        int err = -errno;
        vf_log(VF_LOG_ERROR, "cannot create the folder %s: %s", path, strerror(errno));
        return err;
    }
    if (is_private(path))
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

int vf_run_directory_create(char **path)
{
    *path = NULL;
    char *parent = parent_path();
    int err = parent ? make_private(parent) : -ENOMEM;
    if (!err)
        *path = vf_text_format("%s/%d-XXXXXX", parent, (int)getpid());
    if (!err && !*path)
        err = -ENOMEM;
    if (!err && !mkdtemp(*path)) {
        err = -errno;
        vf_log(VF_LOG_ERROR, "cannot create a folder in %s: %s", parent, strerror(errno));
        free(*path);
        *path = NULL;
    }
    free(parent);
    return err;
}

/* Removes the sockets, and the corners with keys that workers made. */
static void empty_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || unlinkat(dirfd(directory), entry->d_name, 0) == 0)
            continue;
        bool is_directory = errno == EISDIR;
        char *inner = vf_text_format("%s/%s", path, entry->d_name);
        if (inner && is_directory)
            empty_directory(inner);
        (void)unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
        free(inner);
    }
    if (directory)
        closedir(directory);
}

void vf_run_directory_remove(char **path)
{
    if (!*path)
        return;
    empty_directory(*path);
    if (rmdir(*path) != 0)
        vf_log(VF_LOG_WARNING, "cannot remove %s: %s", *path, strerror(errno));
    /* The folder of all runs goes with the last of them. */
    char *slash = strrchr(*path, '/');
    *slash = '\0';
    (void)rmdir(*path);
    free(*path);
    *path = NULL;
}
