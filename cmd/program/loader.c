/* SPDX-License-Identifier: MIT */
#include "cmd/program/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

/* Where modules are, seen from the folder of the program: in a build tree, and installed. */
static const char *const places[] = {"modules", "../lib/vflow"};

/* Returns the folder of the program, without a slash; "" when it is not known. */
static void find_folder(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size);
    folder[length > 0 && (size_t)length < size ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
}

/* Returns the module's file, to be freed: the first that is there, or the one that should be. */
static char *find_file(const char *module)
{
    char folder[4096];
    char *path = NULL;
    find_folder(folder, sizeof(folder));
    for (size_t i = 0; i < VF_COUNT(places); i++) {
        free(path);
        path = vf_text_format("%s/%s/%s.so", folder, places[i], module);
        if (path && access(path, F_OK) == 0)
            break;
    }
    return path;
}

/* Lazily: of the functions of the libraries it needs, most are never called. */
static void *load(const char *module)
{
    if (strcmp(module, "core") == 0)
        return dlopen(NULL, RTLD_LAZY);
    char *path = find_file(module);
    void *handle = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
    free(path);
    return handle;
}

void *vf_loader_find(const char *module, const char *symbol, const char **problem)
{
    void *handle = load(module);
    void *found = handle ? dlsym(handle, symbol) : NULL;
    if (!found)
        *problem = dlerror();
    if (!found && !*problem)
        *problem = strerror(ENOMEM);
    return found;
}
