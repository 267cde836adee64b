/* SPDX-License-Identifier: MIT */
#include "cmd/plugins.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command_line.h"
#include "cmd/plugin/object.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/node/plugin.h"
#include "engine/node/plugin_check.h"
#include "nodes/all_nodes.h"

#define SUFFIX ".so"
#define MAX_PROBLEM 1024

/* One that is loaded. */
struct loaded {
    char *path; /* its real one */
    const struct vf_plugin *plugin;
};

static struct {
    struct loaded *items;
    size_t count;
    struct vf_words of_flags;
    bool is_path_read;
} plugins;

static const struct loaded *find(const char *path)
{
    for (size_t i = 0; i < plugins.count; i++) {
        if (strcmp(plugins.items[i].path, path) == 0)
            return &plugins.items[i];
    }
    return NULL;
}

/* Adds its nodes to those that there are. Takes *path. */
static int add(char **path, const struct vf_plugin *plugin)
{
    static const struct vf_node **nodes;
    size_t count = vf_added_nodes.count;
    struct loaded *items = realloc(plugins.items, (plugins.count + 1) * sizeof(*items));
    if (items)
        plugins.items = items;
    const struct vf_node **grown =
        items ? realloc(nodes, (count + plugin->count) * sizeof(*nodes)) : NULL;
    if (!grown)
        return -ENOMEM;
    nodes = grown;
    for (size_t i = 0; i < plugin->count; i++)
        nodes[count + i] = plugin->nodes[i];
    vf_added_nodes.items = nodes;
    vf_added_nodes.count = count + plugin->count;
    items[plugins.count++] = (struct loaded){*path, plugin};
    *path = NULL;
    return VF_OK;
}

/* The symbol is there, and its version is ours: the file has been looked at. */
static int load_object(char **path, char *problem, size_t problem_size)
{
    void *object = dlopen(*path, RTLD_NOW | RTLD_LOCAL);
    const struct vf_plugin *plugin = object ? dlsym(object, "vf_plugin") : NULL;
    if (!plugin) {
        const char *cause = dlerror();
        snprintf(problem, problem_size, "cannot be loaded: %s", cause ? cause : "it has no nodes");
        if (object)
            (void)dlclose(object);
        return -EINVAL;
    }
    int err = vf_plugin_check(plugin, &vf_all_nodes, problem, problem_size);
    if (!err)
        err = add(path, plugin);
    if (err)
        (void)dlclose(object);
    return err;
}

int vf_plugin_load(const char *file, char *problem, size_t problem_size)
{
    char *path = realpath(file, NULL);
    int err = path ? VF_OK : -errno;
    snprintf(problem, problem_size, "%s", path ? "out of memory" : strerror(errno));
    if (path && find(path)) {
        free(path);
        return VF_OK;
    }
    if (!err)
        err = vf_plugin_object_check(path, problem, problem_size);
    if (!err)
        err = load_object(&path, problem, problem_size);
    free(path);
    return err;
}

static int is_shared_object(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
    return entry->d_name[0] != '.' && length > suffix &&
           strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

int vf_plugin_load_of_flow(const char *file, char *problem, size_t problem_size)
{
    char *path = realpath(file, NULL);
    bool is_loaded = path && find(path);
    free(path);
    if (is_loaded)
        return VF_OK;
    if (path && vf_trust() != VF_TRUST_RUN) {
        snprintf(
            problem, problem_size,
            "it is code, which is loaded only to run the flow; if you trust it, give --plugin %s",
            file);
        return -EPERM;
    }
    return vf_plugin_load(file, problem, problem_size);
}

int vf_plugin_accept_of_flow(const char *file, char *problem, size_t problem_size)
{
    if (vf_trust() == VF_TRUST_RUN)
        return vf_plugin_load(file, problem, problem_size);
    int err = access(file, R_OK) == 0 ? VF_OK : -errno;
    snprintf(problem, problem_size, "%s", err ? strerror(-err) : "");
    return err;
}

/* A plugin that cannot be used is one that the flow may not need. */
static void warn(void *context, const char *file, const char *problem)
{
    (void)context;
    if (problem)
        vf_log(VF_LOG_WARNING, "VFLOW_PLUGIN_PATH: %s: %s", file, problem);
}

/* Loads those of a folder, and tells of each, and of a folder that cannot be read. */
static void load_folder(const char *folder, vf_plugin_told *told, void *context)
{
    struct dirent **entries = NULL;
    char problem[MAX_PROBLEM];
    int count = scandir(folder, &entries, is_shared_object, alphasort);
    if (count < 0)
        told(context, folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *file = vf_text_format("%s/%s", folder, entries[i]->d_name);
        int err = file ? vf_plugin_load(file, problem, sizeof(problem)) : -ENOMEM;
        char *reason =
            err ? vf_text_format("left out: %s", file ? problem : "out of memory") : NULL;
        told(context, file ? file : folder, err && !reason ? "left out" : reason);
        free(reason);
        free(file);
        free(entries[i]);
    }
    free(entries);
}

void vf_plugins_load_path(vf_plugin_told *told, void *context)
{
    const char *folders = getenv("VFLOW_PLUGIN_PATH");
    if (plugins.is_path_read || !folders)
        return;
    plugins.is_path_read = true;
    while (*folders) {
        size_t length = strcspn(folders, ":");
        char *folder = length ? strndup(folders, length) : NULL;
        if (folder)
            load_folder(folder, told, context);
        free(folder);
        folders += length + (folders[length] == ':');
    }
}

/* Notes a plugin that a flag has named, for flows that are written for other processes. */
static int note(const char *file)
{
    char *path = realpath(file, NULL);
    const struct loaded *loaded = path ? find(path) : NULL;
    bool is_noted = false;
    for (size_t i = 0; loaded && i < plugins.of_flags.count; i++)
        is_noted = is_noted || plugins.of_flags.items[i] == loaded->path;
    free(path);
    if (!loaded)
        return -ENOMEM; /* it has been found before */
    return is_noted ? VF_OK : vf_words_add(&plugins.of_flags, loaded->path);
}

enum vf_exit_status vf_plugins_load(const struct vf_words *files)
{
    char problem[MAX_PROBLEM];
    vf_plugins_load_path(warn, NULL);
    for (size_t i = 0; files && i < files->count; i++) {
        int err = vf_plugin_load(files->items[i], problem, sizeof(problem));
        if (!err)
            err = note(files->items[i]);
        if (!err)
            continue;
        vf_log(VF_LOG_ERROR, "--plugin %s: %s", files->items[i],
               err == -ENOMEM ? strerror(-err) : problem);
        return err == -ENOMEM || err == -ELIBACC ? VF_EXIT_INTERNAL : VF_EXIT_USAGE;
    }
    return VF_EXIT_OK;
}

const char *const *vf_plugins_of_flags(size_t *count)
{
    *count = plugins.of_flags.count;
    return (const char *const *)plugins.of_flags.items;
}

const char *vf_plugin_of_node(const struct vf_node *node)
{
    for (size_t i = 0; i < plugins.count; i++) {
        const struct vf_plugin *plugin = plugins.items[i].plugin;
        for (size_t j = 0; j < plugin->count; j++) {
            if (plugin->nodes[j] == node)
                return plugins.items[i].path;
        }
    }
    return NULL;
}
