/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/check/check.h"
#include "engine/flow/file/attach.h"
#include "engine/flow/file/build.h"
#include "engine/flow/file/build_hosts.h"
#include "engine/flow/file/expand.h"
#include "engine/flow/file/files.h"
#include "engine/flow/file/hosts_file.h"
#include "engine/flow/file/levels.h"
#include "engine/flow/file/settings.h"
#include "engine/flow/file/variables.h"
#include "engine/flow/file/yaml.h"

/* A flow on its way from its text to its tree. */
struct loading {
    const struct vf_flow_request *request;
    struct vf_diagnostics *diagnostics;
    struct vf_flow *flow; /* keeps what places lend, and becomes the flow */
    struct vf_tree *root;
    struct vf_flow_files files;
    struct vf_variables_flow shared;
    struct vf_variables *variables;
};

/* Applies the settings that are of the file as it is written, or those of what it becomes. */
static int apply_settings(struct loading *loading, bool is_late, const bool *are_late)
{
    const struct vf_flow_request *request = loading->request;
    int err = VF_OK;
    for (size_t i = 0; i < request->setting_count && !err; i++) {
        struct vf_tree *set = NULL;
        char *text = vf_text_format("-s %s", request->settings[i]);
        const char *setting = are_late[i] == is_late ? vf_flow_keep(loading->flow, &text) : "";
        free(text);
        if (!setting)
            return -ENOMEM;
        if (*setting)
            err = vf_flow_settings_apply(loading->root, setting, loading->diagnostics, &set);
        if (!err && set && is_late)
            err = vf_variables_expand(loading->variables, set);
    }
    return err;
}

/* Finds the settings of nodes that are not there so far. The caller's own; NULL: out of memory. */
static bool *find_late(const struct loading *loading)
{
    const struct vf_flow_request *request = loading->request;
    bool *are_late = calloc(request->setting_count + 1, sizeof(*are_late));
    for (size_t i = 0; are_late && i < request->setting_count; i++) {
        char *setting = vf_text_format("-s %s", request->settings[i]);
        if (!setting) {
            free(are_late);
            return NULL;
        }
        are_late[i] = !vf_flow_settings_is_of(setting, loading->root);
        free(setting);
    }
    return are_late;
}

/* Puts other nodes in the place of those that are there; the names of some have slashes, and are
 * there only late. */
static int replace_nodes(struct loading *loading, bool is_late)
{
    const struct vf_tree *replacements = loading->request->replacements;
    struct vf_tree *nodes = vf_tree_find(loading->root, "nodes");
    int err = VF_OK;
    for (size_t i = 0; replacements && i < replacements->count && !err; i++) {
        const struct vf_tree *other = &replacements->children[i];
        struct vf_tree copy = {0};
        struct vf_tree *node = other->key ? vf_tree_find(nodes, other->key) : NULL;
        bool is_of_now = other->key && is_late == (strchr(other->key, '/') != NULL);
        if (is_of_now && !node)
            vf_diagnostics_add(loading->diagnostics, VF_GRAVITY_FLOW, "unknown-node",
                               other->key_place, "there is no node \"%s\" to replace", other->key);
        if (!is_of_now || !node)
            continue;
        err = vf_tree_copy(&copy, other);
        if (!err && is_late)
            err = vf_variables_expand(loading->variables, &copy);
        if (err) {
            vf_tree_finish(&copy);
            continue;
        }
        vf_tree_finish(node);
        *node = copy;
    }
    return err;
}

/* Gives the flow a limit of memory as if it stood in the file. */
static int apply_memory(struct loading *loading)
{
    const char *amount = loading->request->memory;
    char *text = amount ? vf_text_format("--memory %s", amount) : NULL;
    if (!amount)
        return VF_OK;
    const struct vf_place place = {.setting = vf_flow_keep(loading->flow, &text)};
    struct vf_tree *root = loading->root, *memory = vf_tree_find(root, "memory");
    struct vf_tree added = {.key = strdup("memory"), .key_place = place};
    int err = added.key && place.setting ? VF_OK : -ENOMEM;
    if (!err && !memory) {
        err = vf_tree_append(root, &added);
        memory = err ? NULL : &root->children[root->count - 1];
    }
    vf_tree_finish(&added);
    if (err)
        return err;
    err = vf_tree_set_text(memory, amount);
    memory->place = place;
    return err;
}

/* What the command line gives goes before what the file has. */
static int define_variables(struct loading *loading)
{
    const struct vf_flow_request *request = loading->request;
    int err = vf_variables_create(&loading->variables, &loading->shared, NULL);
    for (size_t i = 0; i < request->variable_count && !err; i++)
        err = vf_variables_give(loading->variables, request->variables[i]);
    if (!err)
        err = vf_variables_define_all(loading->variables, vf_tree_find(loading->root, "vars"));
    return err ? err : vf_variables_settle(loading->variables);
}

/* Keeps what the flow can be given, for who asks. */
static int describe_variables(struct loading *loading)
{
    struct vf_text wants = {0}, has = {0};
    vf_variables_describe(loading->variables, vf_tree_find(loading->root, "vars"), &wants, &has);
    bool is_short = wants.failed || has.failed;
    loading->flow->wants = vf_text_take(&wants);
    loading->flow->has = vf_text_take(&has);
    return is_short ? -ENOMEM : VF_OK;
}

/* Adds the nodes that the request has for the inputs of a part, and connects them. */
static int feed_part(struct loading *loading, const struct vf_tree *declared, struct vf_tree *nodes)
{
    const struct vf_tree *given = loading->request->inputs;
    struct vf_tree entry = {.kind = VF_TREE_MAPPING}, sources = {.kind = VF_TREE_MAPPING};
    const struct vf_attachment attachment = {.entry = &entry,
                                             .name = loading->diagnostics->file,
                                             .file = loading->diagnostics->file,
                                             .declared = declared,
                                             .level = VF_FIRST_LEVEL,
                                             .variables = loading->variables,
                                             .flow = &loading->shared};
    int err = VF_OK;
    for (size_t i = 0; i < given->count && given->children[i].key && !err; i++) {
        const struct vf_tree *child = &given->children[i];
        struct vf_tree node = {0}, source = {.key = strdup(child->key), .place = child->place};
        char *name = vf_text_format("input-%s", child->key);
        err = name && source.key ? vf_tree_copy(&node, child) : -ENOMEM;
        if (!err) {
            free(node.key);
            node.key = strdup(name);
            err = node.key ? vf_tree_set_text(&source, name) : -ENOMEM;
        }
        if (!err)
            err = vf_tree_append(&sources, &source);
        if (!err)
            err = vf_tree_append(nodes, &node);
        free(name);
        vf_tree_finish(&source);
        vf_tree_finish(&node);
    }
    sources.key = strdup("inputs");
    if (!err)
        err = sources.key ? vf_tree_append(&entry, &sources) : -ENOMEM;
    if (!err)
        err = vf_attach(&attachment, nodes);
    vf_tree_finish(&sources);
    vf_tree_finish(&entry);
    return err;
}

/* A flow with inputs is a part of others. By itself it can be checked, but not run, unless there are
 * nodes for its inputs. */
static int take_part(struct loading *loading)
{
    const struct vf_tree *inputs = vf_tree_find(loading->root, "inputs");
    struct vf_tree *nodes = vf_tree_find(loading->root, "nodes");
    if (!inputs)
        return VF_OK;
    if (loading->request->inputs && nodes && nodes->kind == VF_TREE_MAPPING)
        return feed_part(loading, inputs, nodes);
    loading->flow->is_part = true;
    int err = vf_attach_nothing(inputs, nodes, &loading->shared);
    if (!loading->request->may_be_part)
        vf_diagnostics_add(loading->diagnostics, VF_GRAVITY_FLOW, "needs-inputs", inputs->key_place,
                           "a flow with inputs runs as a part of another one: NAME: {type: flow, "
                           "file: %s, inputs: ...}",
                           loading->diagnostics->file);
    return err;
}

static int expand(struct loading *loading, const bool *are_late)
{
    int err = define_variables(loading);
    if (!err)
        err = take_part(loading);
    if (!err)
        err = vf_flow_expand(&loading->files, &loading->shared, loading->variables, loading->root);
    if (!err)
        err = replace_nodes(loading, true);
    if (!err)
        err = apply_settings(loading, true, are_late);
    if (!err)
        err = vf_variables_warn_unused(loading->variables, vf_tree_find(loading->root, "vars"));
    return err ? err : describe_variables(loading);
}

/* Has the plugins of the flow loaded, those of the request first. */
static int load_plugins(struct loading *loading)
{
    const struct vf_flow_request *request = loading->request;
    struct vf_tree named = {.kind = VF_TREE_MAPPING}, list = {.kind = VF_TREE_LIST};
    int err = VF_OK;
    for (size_t i = 0; i < request->plugin_count && !err; i++) {
        char *text = vf_text_format("--plugin %s", request->plugins[i]);
        struct vf_tree name = {.place.setting = vf_flow_keep(loading->flow, &text)};
        err = name.place.setting ? vf_tree_set_text(&name, request->plugins[i]) : -ENOMEM;
        if (!err)
            err = vf_tree_append(&list, &name);
        vf_tree_finish(&name);
    }
    list.key = strdup("plugins");
    if (!err)
        err = list.key ? vf_tree_append(&named, &list) : -ENOMEM;
    if (!err)
        err = vf_flow_files_plug(&loading->files, &named);
    if (!err)
        err = vf_flow_files_plug(&loading->files, loading->root);
    vf_tree_finish(&list);
    vf_tree_finish(&named);
    return err;
}

static int transform(struct loading *loading, enum vf_flow_stage stage)
{
    bool *are_late = NULL;
    if (loading->root->kind != VF_TREE_MAPPING)
        return VF_OK;
    vf_flow_build_prune(loading->root);
    int err = vf_flow_files_include(&loading->files, loading->root);
    loading->files.is_first_done = true;
    if (!err && loading->request->hosts)
        err = vf_flow_hosts_file_apply(loading->root, loading->request->hosts, loading->diagnostics,
                                       loading->flow);
    if (!err) {
        err = replace_nodes(loading, false);
    }
    if (!err) {
        are_late = find_late(loading);
        err = are_late ? apply_settings(loading, false, are_late) : -ENOMEM;
    }
    if (!err)
        err = apply_memory(loading);
    if (!err)
        err = load_plugins(loading);
    if (!err && stage == VF_FLOW_WRITTEN) {
        err = define_variables(loading);
        if (!err)
            err = apply_settings(loading, true, are_late); /* nothing has such a name */
    }
    if (!err && stage == VF_FLOW_EXPANDED) {
        err = expand(loading, are_late);
    }
    if (!err)
        err = vf_flow_files_note_plugins(&loading->files, loading->root);
    free(are_late);
    return err;
}

/* Says which other files the flow is made of, so that none of its nodes writes over them. */
static int note_parts(struct loading *loading)
{
    const struct vf_flow_files *files = &loading->files;
    const char **parts = calloc(files->count + 1, sizeof(*parts));
    if (!parts)
        return -ENOMEM;
    for (size_t i = 0; i < files->count; i++)
        parts[i] = files->items[i]->name;
    loading->flow->parts = parts;
    loading->flow->part_count = files->count;
    return VF_OK;
}

/* The text of a flow, NULL where its tree is there already, and what is asked of it. */
struct source {
    const struct vf_flow_request *request;
    const char *bytes;
    size_t length;
};

/* Makes the tree, unless it is there, and the flow that keeps what it lends, which is empty. */
static int load_tree(const struct source *source, enum vf_flow_stage stage,
                     struct vf_diagnostics *diagnostics, struct vf_flow **flow,
                     struct vf_tree *root)
{
    const struct vf_flow_request *request = source->request;
    int err = vf_flow_create(flow, diagnostics->file);
    if (err)
        return err;
    bool is_file = source->bytes && strcmp(request->file, "-") != 0;
    struct loading loading = {
        .request = request, .diagnostics = diagnostics, .flow = *flow, .root = root};
    loading.files = (struct vf_flow_files){.flow = *flow,
                                           .diagnostics = diagnostics,
                                           .first = is_file ? request->file : NULL,
                                           .plug = request->plug};
    loading.shared = (struct vf_variables_flow){
        .flow = *flow, .diagnostics = diagnostics, .are_optional = request->are_variables_optional};
    if (source->bytes)
        err = vf_flow_file_parse(source->bytes, source->length, NULL, diagnostics, root);
    if (!err)
        err = transform(&loading, stage);
    if (!err)
        err = note_parts(&loading);
    vf_variables_destroy(&loading.variables);
    vf_flow_files_finish(&loading.files);
    return err;
}

static int build(const struct vf_flow_request *request, const struct vf_tree *root,
                 struct vf_diagnostics *diagnostics, struct vf_flow *flow)
{
    int err = vf_flow_build(root, diagnostics, flow);
    if (!err && request->mode) {
        flow->mode = *request->mode;
        flow->is_mode_forced = true;
    }
    if (!err && request->transport)
        flow->transport.kind = *request->transport;
    flow->may_be_insecure = request->may_be_insecure;
    if (!err && request->sandbox)
        flow->sandbox = request->sandbox;
    flow->is_sandbox_forced = request->sandbox == VF_SANDBOX_OFF;
    return err ? err : vf_flow_build_here(request->host, diagnostics, flow);
}

/* Makes the flow of a tree, which is there or is made of the text. */
static int load(const struct source *source, struct vf_tree *root, const struct vf_node_list *nodes,
                struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    const struct vf_flow_request *request = source->request;
    struct vf_flow *loaded = NULL;
    size_t first = diagnostics->count;
    int err = load_tree(source, VF_FLOW_EXPANDED, diagnostics, &loaded, root);
    if (!err) {
        loaded->source = source->bytes && strcmp(request->file, "-") != 0 ? request->file : NULL;
        loaded->report = request->report;
        loaded->report_page = request->report_page;
        loaded->trace = request->trace;
        loaded->dead_letter = request->dead_letter;
        err = build(request, root, diagnostics, loaded);
    }
    if (!err)
        err = vf_flow_check(loaded, nodes, diagnostics);
    if (loaded)
        loaded->source = loaded->report = loaded->report_page = loaded->trace =
            loaded->dead_letter = NULL;
    vf_diagnostics_sort(diagnostics, first);
    if (diagnostics->failure)
        err = diagnostics->failure;
    if (!err && vf_diagnostics_gravest(diagnostics, first) > VF_GRAVITY_WARNING)
        err = -EINVAL;
    if (!err)
        *flow = loaded;
    else
        vf_flow_destroy(&loaded);
    return err;
}

static int load_bytes(const struct source *source, const struct vf_node_list *nodes,
                      struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    struct vf_tree root = {0};
    int err = load(source, &root, nodes, diagnostics, flow);
    vf_tree_finish(&root);
    return err;
}

static int begin(const struct vf_flow_request *request, struct vf_diagnostics *diagnostics)
{
    bool is_standard_input = strcmp(request->file, "-") == 0;
    vf_diagnostics_begin(diagnostics, is_standard_input ? "standard input" : request->file);
    return diagnostics->failure;
}

static int read_file(const struct vf_flow_request *request, struct vf_diagnostics *diagnostics,
                     char **bytes, size_t *length)
{
    int err = begin(request, diagnostics);
    return err ? err
               : vf_flow_file_read(request->file, diagnostics, (struct vf_place){0}, bytes, length);
}

int vf_flow_load(const struct vf_flow_request *request, const struct vf_node_list *nodes,
                 struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    char *bytes = NULL;
    size_t length = 0;
    *flow = NULL;
    int err = read_file(request, diagnostics, &bytes, &length);
    if (!err)
        err = load_bytes(&(struct source){request, bytes, length}, nodes, diagnostics, flow);
    free(bytes);
    return err;
}

int vf_flow_load_text(const struct vf_flow_request *request, const char *bytes, size_t length,
                      const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                      struct vf_flow **flow)
{
    *flow = NULL;
    int err = begin(request, diagnostics);
    return err ? err
               : load_bytes(&(struct source){request, bytes, length}, nodes, diagnostics, flow);
}

int vf_flow_load_made(const struct vf_flow_request *request, struct vf_tree *root,
                      const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                      struct vf_flow **flow)
{
    *flow = NULL;
    int err = begin(request, diagnostics);
    return err ? err : load(&(struct source){.request = request}, root, nodes, diagnostics, flow);
}

int vf_flow_load_tree(const struct vf_flow_request *request, enum vf_flow_stage stage,
                      struct vf_diagnostics *diagnostics, struct vf_flow **keeper,
                      struct vf_tree *root)
{
    char *bytes = NULL;
    size_t length = 0, first = diagnostics->count;
    *keeper = NULL;
    int err = root->kind == VF_TREE_MAPPING ? begin(request, diagnostics)
                                            : read_file(request, diagnostics, &bytes, &length);
    if (!err)
        err = load_tree(&(struct source){request, bytes, length}, stage, diagnostics, keeper, root);
    free(bytes);
    vf_diagnostics_sort(diagnostics, first);
    if (diagnostics->failure)
        err = diagnostics->failure;
    if (!err && vf_diagnostics_gravest(diagnostics, first) > VF_GRAVITY_WARNING)
        err = -EINVAL;
    if (err) {
        vf_tree_finish(root);
        vf_flow_destroy(keeper);
    }
    return err;
}
