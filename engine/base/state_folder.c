/* SPDX-License-Identifier: MIT */
#include "engine/base/state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"

/* Makes each folder of a path that is missing. */
static int make_all(char *path)
{
    for (char *slash = path + 1;; slash++) {
        char end = *slash;
        if (end != '/' && end != '\0')
            continue;
        *slash = '\0';
        int err = mkdir(path, S_IRWXU) == 0 || errno == EEXIST ? VF_OK : -errno;
        *slash = end;
        if (err || end == '\0')
            return err;
    }
}

char *vf_state_folder_make(const char *name)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    if (state && state[0] == '/') /* a relative one counts as none */
        path = vf_text_format("%s/vflow/%s", state, name);
    else if (home && home[0] == '/')
        path = vf_text_format("%s/.local/state/vflow/%s", home, name);
    if (path && make_all(path) == VF_OK && access(path, W_OK | X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* Finds the oldest regular file; returns how many there are. */
static size_t find_oldest(const char *folder, char **oldest)
{
    struct stat status;
    struct timespec time = {0};
    size_t count = 0;
    DIR *entries = opendir(folder);
    struct dirent *entry;
    *oldest = NULL;
    while (entries && (entry = readdir(entries)) != NULL) {
        if (fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        count++;
        bool is_older =
            status.st_mtim.tv_sec < time.tv_sec ||
            (status.st_mtim.tv_sec == time.tv_sec && status.st_mtim.tv_nsec < time.tv_nsec);
        if (*oldest && !is_older)
            continue;
        free(*oldest);
        *oldest = vf_text_format("%s/%s", folder, entry->d_name);
        time = status.st_mtim;
    }
    if (entries)
        closedir(entries);
    return count;
}

void vf_state_folder_thin(const char *folder, size_t count)
{
    char *oldest;
    while (find_oldest(folder, &oldest) > count && oldest && unlink(oldest) == 0)
        free(oldest);
    free(oldest);
}
