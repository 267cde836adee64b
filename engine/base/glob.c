/* SPDX-License-Identifier: MIT */
#include "engine/base/glob.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/text.h"

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

size_t vf_glob_folder(const char *path)
{
    size_t length = strlen(path);
    bool is_found = false;
    while (length && !is_found) {
        while (length && path[length - 1] != '/')
            length--;
        char *folder = strndup(path, length);
        is_found = folder && length && is_folder(folder);
        free(folder);
        length -= !is_found && length > 0;
    }
    return length;
}

char *vf_glob_make(const char *path)
{
    struct vf_text pattern = {0};
    size_t folder_length = vf_glob_folder(path);
    for (size_t i = 0; i < folder_length; i++)
        vf_text_print(&pattern, "%s%c", strchr("*?[\\", path[i]) ? "\\" : "", path[i]);
    vf_text_append(&pattern, path + folder_length, strlen(path + folder_length));
    return vf_text_take(&pattern);
}
