/* SPDX-License-Identifier: MIT */
#include "engine/web/page.h"

#include <string.h>

#define FIRST "/index.html"
#define API "/api/v1"

const struct vf_web_page_file *vf_web_page_find(const char *path)
{
    const char *wanted = strcmp(path, "/") == 0 ? FIRST : path;
    if (strncmp(wanted, API "/", strlen(API "/")) == 0)
        wanted += strlen(API); /* the description of the interface is among them */
    for (const struct vf_web_page_file *file = vf_web_page_files; file->path; file++) {
        if (strcmp(file->path, wanted) == 0)
            return file;
    }
    return NULL;
}
