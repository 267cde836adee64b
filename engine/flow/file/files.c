/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/flow/file/anchors.h"
#include "engine/flow/file/build.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/file/yaml.h"

#define MAX_FILES 256
#define MAX_PROBLEM 1024

static void report(const struct vf_flow_files *files, const char *code, struct vf_place place,
                   const char *name, const char *problem)
{
    vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, code, place, "\"%s\" %s", name,
                       problem);
}

/* Returns the path of a file that another names, in fresh memory; NULL: out of memory. */
static char *locate(const struct vf_flow_files *files, const struct vf_tree *name)
{
    const char *from = name->place.file ? name->place.file : files->first;
    const char *slash = from && !name->place.setting ? strrchr(from, '/') : NULL;
    if (name->text[0] == '/' || !slash)
        return strdup(name->text);
    return vf_text_format("%.*s%s", (int)(slash + 1 - from), from, name->text);
}

/* Returns whether a file is in the folder of the flow's own, or below it: it came along with it. */
static bool is_beside(const struct vf_flow_files *files, const char *real)
{
    char *first = realpath(files->first ? files->first : ".", NULL);
    char *slash = first && files->first ? strrchr(first, '/') : NULL;
    if (slash)
        *slash = '\0';
    size_t length = first ? strlen(first) : 0;
    bool is_it = first && strncmp(real, first, length) == 0 && real[length] == '/';
    free(first);
    return is_it;
}

/* Reads a file that has not been read before. Takes *path. */
static int read_new(struct vf_flow_files *files, const struct vf_tree *name, char **path,
                    struct vf_flow_file *file)
{
    char *bytes = NULL;
    size_t length = 0;
    struct stat status;
    file->name = vf_flow_keep(files->flow, path);
    if (!file->name)
        return -ENOMEM;
    bool is_there = stat(file->name, &status) == 0;
    if (!is_there || !S_ISREG(status.st_mode)) {
        report(files, "missing-file", name->place, file->name,
               is_there          ? "is no file; name a flow file"
               : errno == ENOENT ? "is not there; a name starts from the folder of the file that "
                                   "it is written in"
                                 : "cannot be read");
        return -EINVAL;
    }
    file->real = realpath(file->name, NULL);
    if (!file->real)
        return errno == ENOMEM ? -ENOMEM : -EINVAL;
    if (vf_trust() == VF_TRUST_NAMES && !is_beside(files, file->real)) {
        report(files, "outside", name->place, file->name,
               "is outside of the folder of the flow, and so is not opened; look at it by itself");
        return -EINVAL;
    }
    int err = vf_flow_file_read(file->name, files->diagnostics, name->place, &bytes, &length);
    if (!err)
        err = vf_flow_file_parse(bytes, length, file->name, files->diagnostics, &file->root);
    free(bytes);
    if (!err && file->root.kind != VF_TREE_MAPPING) {
        report(files, "wrong-kind", name->place, file->name,
               "holds no mapping; a flow file has vflow: 1 and nodes");
        err = -EINVAL;
    }
    return err;
}

static void check_version(const struct vf_flow_files *files, const struct vf_tree *root)
{
    const struct vf_tree *version = vf_tree_find(root, "vflow");
    if (version && version->kind == VF_TREE_TEXT && strcmp(version->text, "1") != 0)
        vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, "unknown-version", version->place,
                           "version \"%s\" of the format is not known here; this is vflow: 1",
                           version->text);
}

static struct vf_flow_file *find(const struct vf_flow_files *files, const char *path)
{
    char *real = realpath(path, NULL);
    struct vf_flow_file *found = NULL;
    for (size_t i = 0; real && i < files->count && !found; i++) {
        if (files->items[i]->real && strcmp(files->items[i]->real, real) == 0)
            found = files->items[i];
    }
    free(real);
    return found;
}

/* Returns whether a path is that of the flow's own file, which is still being read. */
static bool is_first(const struct vf_flow_files *files, const char *path)
{
    char *one = files->first && !files->is_first_done ? realpath(files->first, NULL) : NULL;
    char *other = one ? realpath(path, NULL) : NULL;
    bool is_it = one && other && strcmp(one, other) == 0;
    free(one);
    free(other);
    return is_it;
}

static struct vf_flow_file *append(struct vf_flow_files *files)
{
    struct vf_flow_file **items = realloc(files->items, (files->count + 1) * sizeof(*files->items));
    struct vf_flow_file *file = items ? calloc(1, sizeof(*file)) : NULL;
    if (items)
        files->items = items;
    if (file)
        items[files->count++] = file;
    return file;
}

int vf_flow_files_read(struct vf_flow_files *files, const struct vf_tree *name,
                       const struct vf_flow_file **read)
{
    char *path = locate(files, name);
    if (!path)
        return -ENOMEM;
    struct vf_flow_file *file = find(files, path);
    if (!file && is_first(files, path)) {
        report(files, "circle", name->place, files->first,
               "includes itself, by way of this; take one of them away");
        free(path);
        return -EINVAL;
    }
    if (file) {
        free(path);
        if (file->is_busy)
            report(files, "circle", name->place, file->name,
                   "includes itself, by way of this; take one of them away");
        *read = file;
        return file->is_busy || file->root.kind != VF_TREE_MAPPING ? -EINVAL : VF_OK;
    }
    file = files->count < MAX_FILES ? append(files) : NULL;
    if (!file) {
        if (files->count >= MAX_FILES)
            report(files, "too-large", name->place, path,
                   "is one file too many; a flow has at most 256");
        free(path);
        return files->count < MAX_FILES ? -ENOMEM : -EINVAL;
    }
    file->is_busy = true;
    int err = read_new(files, name, &path, file);
    if (!err) {
        vf_flow_build_prune(&file->root);
        check_version(files, &file->root);
        err = vf_flow_files_include(files, &file->root);
    }
    if (!err)
        err = vf_flow_files_plug(files, &file->root);
    file->is_busy = false;
    free(path);
    if (err == -EINVAL)
        vf_tree_break(&file->root);
    *read = file;
    return err;
}

static bool is_shared_key(const char *key)
{
    return strcmp(key, "vars") == 0 || strcmp(key, "defaults") == 0;
}

/* Returns ":LINE" and so on, as a message shows a place in another file. */
static void print_place(struct vf_text *text, const struct vf_place *place,
                        const struct vf_flow_files *files)
{
    const char *file = place->file ? place->file : files->diagnostics->file;
    vf_text_print(text, "%s:%u", file ? file : "the flow", place->line);
}

/* Puts the nodes of an included file before those of `nodes`. */
static int merge_nodes(const struct vf_flow_files *files, struct vf_tree *nodes,
                       const struct vf_tree *included)
{
    struct vf_tree merged = {0};
    if (nodes->kind == VF_TREE_NOTHING)
        nodes->kind = VF_TREE_MAPPING;
    if (included->kind != VF_TREE_MAPPING || nodes->kind != VF_TREE_MAPPING)
        return VF_OK; /* the other one is no mapping, which is reported later */
    int err = vf_tree_copy(&merged, included);
    for (size_t i = 0; i < nodes->count && !err; i++) {
        struct vf_tree *node = &nodes->children[i];
        const struct vf_tree *other = vf_tree_find(included, node->key);
        if (other) {
            struct vf_text place = {0};
            print_place(&place, &other->key_place, files);
            vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, "duplicate-key",
                               node->key_place, "duplicate node \"%s\"; it stands in %s already",
                               node->key, place.bytes ? place.bytes : "another file");
            vf_text_finish(&place);
            continue;
        }
        err = vf_tree_append(&merged, node);
    }
    free(merged.key);
    merged.key = nodes->key;
    nodes->key = NULL;
    merged.key_place = nodes->key_place;
    merged.place = nodes->place;
    vf_tree_finish(nodes);
    *nodes = merged;
    return err;
}

/* Adds what `included` has, and *root has not. */
static int merge(const struct vf_flow_files *files, struct vf_tree *root,
                 const struct vf_tree *included)
{
    int err = VF_OK;
    for (size_t i = 0; i < included->count && !err; i++) {
        const struct vf_tree *child = &included->children[i];
        struct vf_tree *own = vf_tree_find(root, child->key), copy = {0};
        if (strcmp(child->key, "tests") == 0)
            continue; /* they are of that file alone */
        if (own && strcmp(child->key, "nodes") == 0) {
            err = merge_nodes(files, own, child);
        } else if (own) {
            bool are_both = own->kind == VF_TREE_MAPPING && child->kind == VF_TREE_MAPPING;
            if (are_both && is_shared_key(child->key))
                err = vf_anchors_merge(own, child);
        } else {
            err = vf_tree_copy(&copy, child);
            if (!err)
                err = vf_tree_append(root, &copy);
            vf_tree_finish(&copy);
        }
    }
    return err;
}

static int include_one(struct vf_flow_files *files, const struct vf_tree *name,
                       struct vf_tree *root)
{
    const struct vf_flow_file *file;
    if (name->kind != VF_TREE_TEXT) {
        vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", name->place,
                           "this is %s; include takes names of files: include: [a.yaml, b.yaml]",
                           vf_tree_kind_name(name->kind));
        return VF_OK;
    }
    int err = vf_flow_files_read(files, name, &file);
    if (err)
        return err == -EINVAL ? VF_OK : err;
    return merge(files, root, &file->root);
}

/* The last file counts more than those before it, so it is merged first. */
static int include_all(struct vf_flow_files *files, const struct vf_tree *names,
                       struct vf_tree *root)
{
    int err = VF_OK;
    if (names->kind != VF_TREE_LIST)
        return include_one(files, names, root);
    for (size_t i = names->count; i-- > 0 && !err;)
        err = include_one(files, &names->children[i], root);
    return err;
}

int vf_flow_files_include(struct vf_flow_files *files, struct vf_tree *root)
{
    struct vf_tree *include = vf_tree_find(root, "include");
    if (!include)
        return VF_OK;
    struct vf_tree names = *include;
    *include = (struct vf_tree){.key = strdup("include")};
    int err = include->key ? VF_OK : -ENOMEM;
    if (include->key)
        vf_tree_remove(root, (size_t)(include - root->children));
    if (!err)
        err = include_all(files, &names, root);
    vf_tree_finish(&names);
    return err;
}

/* Adds a path to those that were noted, unless it is there. */
static int note_plugin(struct vf_flow_files *files, const char *path, struct vf_place place)
{
    struct vf_tree *plugins = &files->plugins, name = {.place = place};
    plugins->kind = VF_TREE_LIST;
    for (size_t i = 0; i < plugins->count; i++) {
        if (strcmp(plugins->children[i].text, path) == 0)
            return VF_OK;
    }
    int err = vf_tree_set_text(&name, path);
    if (!err)
        err = vf_tree_append(plugins, &name);
    vf_tree_finish(&name);
    return err;
}

static int plug_one(struct vf_flow_files *files, const struct vf_tree *name)
{
    char problem[MAX_PROBLEM] = "this program loads no plugins";
    if (name->kind != VF_TREE_TEXT) {
        vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", name->place,
                           "this is %s; plugins takes names of files: plugins: [a.so, b.so]",
                           vf_tree_kind_name(name->kind));
        return VF_OK;
    }
    char *path = locate(files, name);
    char *real = path ? realpath(path, NULL) : NULL;
    int err = path ? vf_flow_note_source(files->flow, VF_FLOW_SOURCE_PLUGIN, path) : -ENOMEM;
    if (!err && vf_trust() == VF_TRUST_NAMES) {
        files->flow->lacks_types = true;
        free(real);
        free(path);
        return VF_OK;
    }
    int refused = !err && files->plug ? files->plug(path, problem, sizeof(problem)) : -EINVAL;
    if (refused == -ENOMEM) {
        err = refused;
    } else if (!err && refused) {
        files->flow->lacks_types = true;
        vf_diagnostics_add(files->diagnostics, VF_GRAVITY_FLOW, "bad-plugin", name->place,
                           "\"%s\": %s", path, problem);
    } else if (!err) {
        err = note_plugin(files, real ? real : path, name->place);
    }
    free(real);
    free(path);
    return err;
}

int vf_flow_files_plug(struct vf_flow_files *files, struct vf_tree *root)
{
    const struct vf_tree *plugins = vf_tree_find(root, "plugins");
    int err = VF_OK;
    bool is_empty = !plugins || plugins->kind == VF_TREE_NOTHING || plugins->kind == VF_TREE_BROKEN;
    if (!is_empty && plugins->kind != VF_TREE_LIST)
        err = plug_one(files, plugins);
    bool are_many = !is_empty && plugins->kind == VF_TREE_LIST;
    for (size_t i = 0; are_many && i < plugins->count && !err; i++)
        err = plug_one(files, &plugins->children[i]);
    if (!err)
        vf_tree_drop(root, "plugins");
    return err;
}

int vf_flow_files_note_plugins(struct vf_flow_files *files, struct vf_tree *root)
{
    if (!files->plugins.count)
        return VF_OK;
    files->plugins.key = strdup("plugins");
    return files->plugins.key ? vf_tree_append(root, &files->plugins) : -ENOMEM;
}

void vf_flow_files_finish(struct vf_flow_files *files)
{
    vf_tree_finish(&files->plugins);
    for (size_t i = 0; i < files->count; i++) {
        vf_tree_finish(&files->items[i]->root);
        free(files->items[i]->real);
        free(files->items[i]);
    }
    free(files->items);
    *files = (struct vf_flow_files){0};
}
