/* SPDX-License-Identifier: MIT */
#include "engine/base/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"

void vf_program_folder(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size);
    folder[length > 0 && (size_t)length < size ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
}

char *vf_program_find(const char *const *paths, size_t count)
{
    char folder[4096];
    char *path = NULL;
    vf_program_folder(folder, sizeof(folder));
    for (size_t i = 0; i < count; i++) {
        free(path);
        path = vf_text_format("%s/%s", folder, paths[i]);
        if (path && access(path, F_OK) == 0)
            break;
    }
    return path;
}
