/* SPDX-License-Identifier: MIT */
#include "cmd/program/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/program.h"
#include "engine/base/text.h"

/* Returns the module's file, to be freed: in a build tree, or installed. */
static char *find_file(const char *module)
{
    char *built = vf_text_format("modules/%s.so", module);
    char *installed = vf_text_format("../lib/vflow/%s.so", module);
    char *path = NULL;
    if (built && installed)
        path = vf_program_find((const char *const[]){built, installed}, 2);
    free(built);
    free(installed);
    return path;
}

/* Lazily: of the functions of the libraries it needs, most are never called. */
static void *load(const char *module, int more_flags)
{
    if (strcmp(module, "core") == 0)
        return dlopen(NULL, RTLD_LAZY);
    char *path = find_file(module);
    void *handle = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL | more_flags) : NULL;
    free(path);
    return handle;
}

bool vf_loader_has(const struct vf_module *module)
{
    return load(module->name, RTLD_NOLOAD) != NULL;
}

void *vf_loader_find(const char *module, const char *symbol, const char **problem)
{
    void *handle = load(module, 0);
    void *found = handle ? dlsym(handle, symbol) : NULL;
    if (!found)
        *problem = dlerror();
    if (!found && !*problem)
        *problem = strerror(ENOMEM);
    return found;
}

/* A function's address comes as that of an object, which C does not convert. */
bool vf_loader_find_function(const struct vf_module *module, const char *symbol, void *place)
{
    const char *problem, *purpose = module->purpose;
    void *address = vf_loader_find(module->name, symbol, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(module->told, "the module %s%s%s%s cannot be loaded: %s", module->name,
               purpose ? ", for " : "", purpose ? purpose : "", purpose ? "," : "", problem);
    return address != NULL;
}
