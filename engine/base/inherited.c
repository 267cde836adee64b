/* SPDX-License-Identifier: MIT */
#include "engine/base/inherited.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_INHERITED 256 /* more stay open */

static int descriptors[MAX_INHERITED];
static unsigned count;

void vf_inherited_note(void)
{
    DIR *listing = opendir("/proc/self/fd");
    for (const struct dirent *entry; listing && (entry = readdir(listing));) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        bool is_one = fd > STDERR_FILENO && fd != dirfd(listing);
        if (is_one && count < MAX_INHERITED)
            descriptors[count++] = fd;
    }
    if (listing)
        closedir(listing);
}

void vf_inherited_close(bool (*is_kept)(const void *context, int fd), const void *context)
{
    for (unsigned i = 0; i < count; i++) {
        if (!is_kept(context, descriptors[i]))
            close(descriptors[i]);
    }
}
