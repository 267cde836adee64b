/* SPDX-License-Identifier: MIT */
#include "cmd/flow_library.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/program.h"
#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/yaml.h"

/* Returns how long the name is without the extension of a flow file; 0: it is none. */
static size_t stem_length(const char *file)
{
    const char *dot = strrchr(file, '.');
    bool is_flow = dot && dot != file && file[0] != '.' &&
                   (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
    return is_flow ? (size_t)(dot - file) : 0;
}

static const struct vf_library_flow *find(const struct vf_flow_library *library, const char *name,
                                          size_t length)
{
    for (size_t i = 0; i < library->count; i++) {
        const char *known = library->items[i].name;
        if (strncmp(known, name, length) == 0 && !known[length])
            return &library->items[i];
    }
    return NULL;
}

static int add_file(struct vf_flow_library *library, const char *folder, const char *file)
{
    size_t length = stem_length(file);
    if (!length || find(library, file, length))
        return VF_OK;
    struct vf_library_flow *items = realloc(library->items, (library->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    library->items = items;
    struct vf_library_flow *flow = &items[library->count++];
    flow->name = strndup(file, length);
    flow->path = vf_text_format("%s/%s", folder, file);
    return flow->name && flow->path ? VF_OK : -ENOMEM;
}

/* Adds the flows of a folder, which need not be there. */
static int add_folder(struct vf_flow_library *library, const char *folder)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    int err = VF_OK;
    if (!directory)
        return VF_OK;
    while (!err && (entry = readdir(directory)))
        err = add_file(library, folder, entry->d_name);
    closedir(directory);
    return err;
}

static int add_folders(struct vf_flow_library *library, const char *list)
{
    int err = VF_OK;
    while (!err && *list) {
        size_t length = strcspn(list, ":");
        char *folder = strndup(list, length);
        if (!folder)
            return -ENOMEM;
        err = length ? add_folder(library, folder) : VF_OK;
        free(folder);
        list += length + (list[length] == ':');
    }
    return err;
}

/* As vf_program_find(), without "..". */
static char *find_beside_program(const char *const *places, size_t count)
{
    char *path = vf_program_find(places, count);
    char *plain = path ? realpath(path, NULL) : NULL;
    if (!plain)
        return path;
    free(path);
    return plain;
}

/* Adds those of a folder whose path has been made for it. Takes the path. */
static int add_path(struct vf_flow_library *library, char *folder)
{
    int err = folder ? add_folder(library, folder) : -ENOMEM;
    free(folder);
    return err;
}

static int add_own(struct vf_flow_library *library)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config && *config)
        return add_path(library, vf_text_format("%s/vflow/flows", config));
    return home && *home ? add_path(library, vf_text_format("%s/.config/vflow/flows", home))
                         : VF_OK;
}

/* Adds those of the installation, or of the sources that the program was built from. */
static int add_shipped(struct vf_flow_library *library)
{
    static const char *const places[] = {"../share/vflow/pipelines", "../../pipelines"};
    return add_path(library, find_beside_program(places, VF_COUNT(places)));
}

static int compare_flows(const void *a, const void *b)
{
    return strcmp(((const struct vf_library_flow *)a)->name,
                  ((const struct vf_library_flow *)b)->name);
}

int vf_flow_library_read(struct vf_flow_library *library)
{
    const char *folders = getenv("VFLOW_FLOWS");
    int err = folders ? add_folders(library, folders) : VF_OK;
    if (!err)
        err = add_own(library);
    if (!err)
        err = add_shipped(library);
    if (!err && library->count)
        qsort(library->items, library->count, sizeof(*library->items), compare_flows);
    return err;
}

void vf_flow_library_finish(struct vf_flow_library *library)
{
    for (size_t i = 0; i < library->count; i++) {
        free(library->items[i].name);
        free(library->items[i].path);
    }
    free(library->items);
    *library = (struct vf_flow_library){0};
}

const struct vf_library_flow *vf_flow_library_find(const struct vf_flow_library *library,
                                                   const char *name)
{
    const struct vf_library_flow *flow = find(library, name, strlen(name));
    size_t begun = 0;
    for (size_t i = 0; i < library->count && !flow && *name; i++)
        begun += strncmp(library->items[i].name, name, strlen(name)) == 0;
    for (size_t i = 0; i < library->count && !flow && begun == 1; i++) {
        if (strncmp(library->items[i].name, name, strlen(name)) == 0)
            flow = &library->items[i];
    }
    return flow;
}

void vf_flow_library_report_unknown(const struct vf_flow_library *library, const char *name)
{
    struct vf_text_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < library->count; i++)
        vf_text_nearest_consider(&nearest, library->items[i].name);
    vf_log(VF_LOG_ERROR, "there is no flow named \"%s\"%s", name,
           vf_text_suggest_or(&nearest, "vflow flows lists them"));
}

/* Returns the first comment that is meant for people, in fresh memory; "": there is none. */
static char *read_summary(const char *bytes)
{
    while (*bytes == '#') {
        size_t length = strcspn(bytes, "\n");
        const char *text = bytes + 1 + strspn(bytes + 1, " ");
        size_t left = length - (size_t)(text - bytes);
        bool is_for_programs = strncmp(text, "SPDX-", 5) == 0 ||
                               strncmp(text, "yaml-language-server:", 21) == 0 ||
                               strncmp(text, "!", 1) == 0;
        if (left && !is_for_programs)
            return strndup(text, text[left - 1] == ':' ? left - 1 : left);
        bytes += length + (bytes[length] == '\n');
    }
    return strdup("");
}

int vf_flow_description_read(struct vf_flow_description *description, const char *path)
{
    struct vf_diagnostics ignored = {0};
    struct vf_tree root = {0};
    char *bytes = NULL;
    size_t length;
    vf_diagnostics_begin(&ignored, path);
    int err = vf_flow_file_read(path, &ignored, (struct vf_place){0}, &bytes, &length);
    if (!err)
        err = vf_flow_file_parse(bytes, length, NULL, &ignored, &root);
    if (!err)
        err = vf_wanted_read(&description->wanted, &root);
    description->summary = bytes ? read_summary(bytes) : strdup("");
    if (err == -EINVAL)
        err = VF_OK;
    free(bytes);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&ignored);
    return err || description->summary ? err : -ENOMEM;
}

void vf_flow_description_finish(struct vf_flow_description *description)
{
    free(description->summary);
    vf_wanted_finish(&description->wanted);
    *description = (struct vf_flow_description){0};
}

char *vf_flow_library_schema(void)
{
    static const char *const places[] = {"flow.schema.json", "../share/vflow/flow.schema.json"};
    return find_beside_program(places, VF_COUNT(places));
}
