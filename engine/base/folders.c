/* SPDX-License-Identifier: MIT */
#include "engine/base/folders.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/log.h"

#define FOLDER_MODE 0777 /* but for what the umask forbids */

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Another process may make it at the same time. */
static int make_folder(const char *path)
{
    if (is_folder(path) || mkdir(path, FOLDER_MODE) == 0)
        return VF_OK;
    int err = errno;
    if (err == EEXIST && is_folder(path))
        return VF_OK;
    return err == EEXIST ? -ENOTDIR : -err;
}

/* What could not be made is what `folder` is then. */
static int make_all(char *folder)
{
    int err = VF_OK;
    for (char *slash = is_folder(folder) ? NULL : folder; slash && !err;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        err = make_folder(folder);
        if (slash && !err)
            *slash = '/';
    }
    return err;
}

int vf_folders_make(const char *path)
{
    const char *last = strrchr(path, '/');
    if (!last || last == path)
        return VF_OK;
    char *folder = strndup(path, (size_t)(last - path));
    int err = folder ? make_all(folder) : -ENOMEM;
    if (folder && err)
        vf_log(VF_LOG_ERROR, "the folder %s cannot be made: %s", folder, strerror(-err));
    free(folder);
    return err;
}

int vf_folders_try(const char *folder)
{
    char *own = strdup(folder);
    int err = own ? make_all(own) : -ENOMEM;
    free(own);
    return err;
}
