/* SPDX-License-Identifier: MIT */
/* node_loader - every node there is, as the program has them: those of the core in the program
 * itself, the others in modules, which are loaded when somebody asks for one of their nodes.
 *
 * A module stays loaded: workers are forked, and so find it where it is. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "nodes/all_nodes.h"
#include "nodes/node_table.h"

#define NAME(module, name) #name,
#define MODULE(module, name) #module,
static const char *const names[] = {VF_EACH_NODE(NAME)};
static const char *const modules[] = {VF_EACH_NODE(MODULE)};

/* Where modules are, seen from the folder of the program: in a build tree, and installed. */
static const char *const places[] = {"modules", "../lib/vflow"};

static struct {
    bool is_asked;
    const struct vf_node *node;
} answers[VF_COUNT(names)];

/* Returns the folder of the program, without a slash; "" when it cannot be told. */
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

/* Lazily: of the functions of the libraries behind it, most are never called. */
static void *load(const char *module)
{
    if (strcmp(module, "core") == 0)
        return dlopen(NULL, RTLD_LAZY);
    char *path = find_file(module);
    void *handle = path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : NULL;
    free(path);
    return handle;
}

static void complain(size_t number, const char *problem)
{
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        if (answers[i].is_asked && !answers[i].node && strcmp(modules[i], modules[number]) == 0)
            return; /* told already */
    }
    vf_log(VF_LOG_ERROR, "%s is in the module %s, which cannot be loaded: %s", names[number],
           modules[number], problem ? problem : "out of memory");
}

static const struct vf_node *ask(size_t number)
{
    char symbol[80];
    snprintf(symbol, sizeof(symbol), "vf_node_%s", names[number]);
    void *handle = load(modules[number]);
    const struct vf_node *node = handle ? dlsym(handle, symbol) : NULL;
    if (!node)
        complain(number, dlerror());
    return node;
}

static const struct vf_node *bring(size_t number)
{
    if (!answers[number].is_asked)
        answers[number].node = ask(number);
    answers[number].is_asked = true;
    return answers[number].node;
}

const struct vf_node_list vf_all_nodes = {
    .count = VF_COUNT(names),
    .names = names,
    .bring = bring,
};
