/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/check/check.h"
#include "engine/flow/file/build.h"
#include "engine/flow/file/settings.h"
#include "engine/flow/file/variables.h"
#include "engine/flow/file/yaml.h"

static int apply_settings(const struct vf_flow_request *request, struct vf_diagnostics *diagnostics,
                          struct vf_tree *root, struct vf_flow *flow)
{
    flow->settings = calloc(request->setting_count + 2, sizeof(*flow->settings));
    if (!flow->settings)
        return -ENOMEM;
    for (size_t i = 0; i < request->setting_count; i++) {
        char *setting = vf_text_format("-s %s", request->settings[i]);
        if (!setting)
            return -ENOMEM;
        flow->settings[flow->setting_count++] = setting;
        int err = vf_flow_settings_apply(root, setting, diagnostics);
        if (err)
            return err;
    }
    return VF_OK;
}

/* Gives the flow a limit of memory as if it stood in the file. */
static int apply_memory(const struct vf_flow_request *request, struct vf_tree *root,
                        struct vf_flow *flow)
{
    char *setting = vf_text_format("--memory %s", request->memory);
    if (!setting)
        return -ENOMEM;
    flow->settings[flow->setting_count++] = setting;
    const struct vf_place place = {.setting = setting};
    struct vf_tree *memory = vf_tree_find(root, "memory");
    struct vf_tree added = {.key = strdup("memory"), .key_place = place};
    int err = added.key ? VF_OK : -ENOMEM;
    if (!err && !memory) {
        err = vf_tree_append(root, &added);
        memory = err ? NULL : &root->children[root->count - 1];
    }
    vf_tree_finish(&added);
    if (err)
        return err;
    err = vf_tree_set_text(memory, request->memory);
    memory->place = place;
    return err;
}

static int fill(const struct vf_flow_request *request, struct vf_diagnostics *diagnostics,
                struct vf_tree *root, struct vf_flow *flow)
{
    int err = VF_OK;
    if (root->kind == VF_TREE_MAPPING) {
        vf_flow_build_prune(root);
        err = apply_settings(request, diagnostics, root, flow);
        if (!err && request->memory)
            err = apply_memory(request, root, flow);
        if (!err)
            err = vf_flow_variables_resolve(root, request->variables, request->variable_count,
                                            diagnostics);
    }
    if (!err)
        err = vf_flow_build(root, diagnostics, flow);
    if (!err && request->mode) {
        flow->mode = *request->mode;
        flow->is_mode_forced = true;
    }
    if (!err && request->transport)
        flow->transport.kind = *request->transport;
    flow->may_be_insecure = request->may_be_insecure;
    return err;
}

/* Makes the flow of its tree; `source` is the file that it stands in, NULL: none. */
static int load(const struct vf_flow_request *request, const char *source, struct vf_tree *root,
                const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                struct vf_flow **flow)
{
    struct vf_flow *loaded = NULL;
    size_t first = diagnostics->first;
    int err = vf_flow_create(&loaded, diagnostics->file);
    if (!err) {
        loaded->source = source;
        loaded->report = request->report;
        loaded->dead_letter = request->dead_letter;
        err = fill(request, diagnostics, root, loaded);
    }
    if (!err)
        err = vf_flow_check(loaded, nodes, diagnostics);
    if (loaded)
        loaded->source = loaded->report = loaded->dead_letter = NULL;
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

static int load_bytes(const struct vf_flow_request *request, const char *bytes, size_t length,
                      const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                      struct vf_flow **flow)
{
    struct vf_tree root = {0};
    const char *source = strcmp(request->file, "-") == 0 ? NULL : request->file;
    int err = vf_flow_file_parse(bytes, length, diagnostics, &root);
    if (!err)
        err = load(request, source, &root, nodes, diagnostics, flow);
    vf_tree_finish(&root);
    return err;
}

static int begin(const struct vf_flow_request *request, struct vf_diagnostics *diagnostics)
{
    bool is_standard_input = strcmp(request->file, "-") == 0;
    vf_diagnostics_begin(diagnostics, is_standard_input ? "standard input" : request->file);
    return diagnostics->failure;
}

int vf_flow_load(const struct vf_flow_request *request, const struct vf_node_list *nodes,
                 struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    char *bytes = NULL;
    size_t length = 0;
    *flow = NULL;
    int err = begin(request, diagnostics);
    if (!err)
        err = vf_flow_file_read(request->file, diagnostics, &bytes, &length);
    if (!err)
        err = load_bytes(request, bytes, length, nodes, diagnostics, flow);
    free(bytes);
    return err;
}

int vf_flow_load_text(const struct vf_flow_request *request, const char *bytes, size_t length,
                      const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                      struct vf_flow **flow)
{
    *flow = NULL;
    int err = begin(request, diagnostics);
    return err ? err : load_bytes(request, bytes, length, nodes, diagnostics, flow);
}

int vf_flow_load_tree(const struct vf_flow_request *request, struct vf_tree *root,
                      const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                      struct vf_flow **flow)
{
    *flow = NULL;
    int err = begin(request, diagnostics);
    return err ? err : load(request, NULL, root, nodes, diagnostics, flow);
}
