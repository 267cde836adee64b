/* SPDX-License-Identifier: MIT */
#include "tests/stress/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_LOG 8000

void folder_print_log(struct vf_text *text, const char *directory)
{
    char bytes[MAX_LOG];
    char *path = vf_text_format("%s/log", directory);
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t got = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes));
    if (got > 0)
        vf_text_append(text, bytes, (size_t)got);
    if (fd >= 0)
        close(fd);
    free(path);
}

void folder_remove(const char *directory)
{
    DIR *folder = opendir(directory);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    (void)rmdir(directory);
}
