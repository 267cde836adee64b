/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/config_text.h"
#include "cmd/flow_arguments.h"
#include "cmd/standard_output.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/file/print.h"
#include "engine/flow/vocabulary.h"
#include "nodes/all_nodes.h"

struct config_values {
    struct vf_flow_arguments flow;
    bool has_all, is_raw, is_json;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct config_values, flow),
    VF_FLAG(0, "all", NULL, "Print every option, also those that have their default",
            VF_BOOLEAN(struct config_values, has_all)),
    VF_FLAG(0, "no-interpolate", NULL, "Keep ${variables}, sub-flows and loops as they are",
            VF_BOOLEAN(struct config_values, is_raw)),
    VF_FLAG(0, "json", NULL, "Print JSON, which is YAML, too",
            VF_BOOLEAN(struct config_values, is_json)),
};

static void drop(struct vf_tree *root, const char *key)
{
    struct vf_tree *child = vf_tree_find(root, key);
    if (child)
        vf_tree_remove(root, (size_t)(child - root->children));
}

/* Adds `key: text`, or replaces it where it must. */
static int set(struct vf_tree *mapping, const char *key, const char *text, bool is_forced)
{
    struct vf_tree *there = vf_tree_find(mapping, key), added = {0};
    if (there)
        return is_forced ? vf_tree_set_text(there, text) : VF_OK;
    added.key = strdup(key);
    int err = added.key ? vf_tree_set_text(&added, text) : -ENOMEM;
    if (!err)
        err = vf_tree_append(mapping, &added);
    vf_tree_finish(&added);
    return err;
}

/* Writes what the command line says in flags of their own. */
static int set_flags(const struct vf_flow_arguments *arguments, struct vf_tree *root)
{
    static const char *const transports[] = {
        [VF_ASKED_SHM] = "shm", [VF_ASKED_IPC] = "ipc", [VF_ASKED_TCP] = "tcp"};
    const struct vf_tree *transport = vf_tree_find(root, "transport");
    bool is_kept = arguments->transport == VF_ASKED_TCP && transport &&
                   transport->kind == VF_TREE_MAPPING; /* it has the address, too */
    int err = VF_OK;
    if (arguments->is_batch || arguments->is_realtime)
        err = set(root, "mode", arguments->is_realtime ? "realtime" : "batch", true);
    if (!err && arguments->transport && !is_kept)
        err = set(root, "transport", transports[arguments->transport], true);
    return err;
}

/* Adds an empty mapping or list, unless the key is there. */
static int set_empty(struct vf_tree *mapping, const char *key, enum vf_tree_kind kind)
{
    struct vf_tree added = {.kind = kind};
    if (vf_tree_find(mapping, key))
        return VF_OK;
    added.key = strdup(key);
    int err = added.key ? vf_tree_append(mapping, &added) : -ENOMEM;
    vf_tree_finish(&added);
    return err;
}

/* Adds the default of an option, unless it is there. In a flow file an empty mapping or list is no
 * text. */
static int set_default(struct vf_tree *node, const struct vf_option *option)
{
    if (option->kind != &vf_kind_text && strcmp(option->fallback, "{}") == 0)
        return set_empty(node, option->name, VF_TREE_MAPPING);
    if (option->kind != &vf_kind_text && strcmp(option->fallback, "[]") == 0)
        return set_empty(node, option->name, VF_TREE_LIST);
    return set(node, option->name, option->fallback, false);
}

/* Adds the options of a node that it leaves to their defaults. */
static int set_options(struct vf_tree *node)
{
    const struct vf_tree *name = vf_tree_find(node, "type");
    const struct vf_node *type =
        name && name->kind == VF_TREE_TEXT ? vf_node_find(&vf_all_nodes, name->text) : NULL;
    int err = VF_OK;
    for (size_t i = 0; type && node->kind == VF_TREE_MAPPING && i < type->options.count && !err;
         i++) {
        const struct vf_option *option = &type->options.items[i];
        if (option->fallback)
            err = set_default(node, option);
    }
    return err;
}

static int set_defaults(struct vf_tree *root)
{
    int err = VF_OK;
    for (size_t i = 0; i < vf_flow_key_options.count && !err; i++) {
        const struct vf_option *key = &vf_flow_key_options.items[i];
        if (key->kind && key->fallback)
            err = set(root, key->name, key->fallback, false);
    }
    struct vf_tree *nodes = vf_tree_find(root, "nodes"); /* the root may have moved them */
    for (size_t i = 0; nodes && i < nodes->count && !err; i++)
        err = set_options(&nodes->children[i]);
    return err;
}

static int print(const struct config_values *values, const struct vf_tree *root)
{
    if (!values->is_json)
        return vf_flow_print_yaml(stdout, root, !values->is_raw);
    json_t *json = vf_flow_to_json(root, !values->is_raw);
    int err = json ? VF_OK : -ENOMEM;
    if (!err && (json_dumpf(json, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF))
        err = -EIO;
    json_decref(json);
    return err;
}

static int print_config(const struct config_values *values, struct vf_tree *root)
{
    int err = set_flags(&values->flow, root);
    if (!values->is_raw) {
        drop(root, "vars"); /* they have been put in */
        drop(root, "tests");
    }
    if (!err && values->has_all)
        err = set_defaults(root);
    return err ? err : print(values, root);
}

char *vf_config_text(const struct vf_flow_arguments *arguments, const char *file)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    struct vf_flow *keeper;
    char *text = NULL, *json = NULL;
    int err = vf_flow_arguments_load_tree(arguments, file, VF_FLOW_EXPANDED, &diagnostics, &keeper,
                                          &root);
    if (!err)
        err = set_flags(arguments, &root);
    if (!err) {
        drop(&root, "vars");
        drop(&root, "tests");
        json_t *tree = vf_flow_to_json(&root, true);
        json = tree ? json_dumps(tree, JSON_INDENT(2)) : NULL;
        json_decref(tree);
    }
    if (json)
        text = vf_text_format("%s\n", json);
    free(json);
    vf_diagnostics_finish(&diagnostics);
    vf_tree_finish(&root);
    vf_flow_destroy(&keeper);
    return text;
}

static bool has_sub_flows(const struct vf_tree *root)
{
    const struct vf_tree *nodes = vf_tree_find(root, "nodes");
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        const struct vf_tree *type = vf_tree_find(&nodes->children[i], "type");
        if (type && type->kind == VF_TREE_TEXT && strcmp(type->text, "flow") == 0)
            return true;
    }
    return false;
}

char *vf_config_written_text(const struct vf_flow_arguments *arguments, const char *file,
                             bool *has_parts)
{
    struct vf_flow_arguments bare = {.plugins = arguments->plugins};
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    struct vf_flow *keeper;
    char *text = NULL;
    size_t size;
    int err =
        vf_flow_arguments_load_tree(&bare, file, VF_FLOW_WRITTEN, &diagnostics, &keeper, &root);
    FILE *out = err ? NULL : open_memstream(&text, &size);
    if (out) {
        drop(&root, "tests");
        err = vf_flow_print_yaml(out, &root, false);
        if (fclose(out) != 0 || err) {
            free(text);
            text = NULL;
        }
        *has_parts = has_sub_flows(&root);
    }
    vf_diagnostics_finish(&diagnostics);
    vf_tree_finish(&root);
    vf_flow_destroy(&keeper);
    return text;
}

static enum vf_exit_status config_file(const struct config_values *values, const char *file)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    struct vf_flow *keeper;
    enum vf_flow_stage stage = values->is_raw ? VF_FLOW_WRITTEN : VF_FLOW_EXPANDED;
    int err = vf_flow_arguments_load_tree(&values->flow, file, stage, &diagnostics, &keeper, &root);
    vf_flow_arguments_print(&values->flow, file, &diagnostics);
    enum vf_exit_status status = vf_flow_arguments_status(&diagnostics, err);
    if (!err) {
        err = print_config(values, &root);
        status = err ? VF_EXIT_INTERNAL : VF_EXIT_OK;
    }
    if (status == VF_EXIT_INTERNAL)
        vf_log(VF_LOG_ERROR, "the flow could not be printed: %s", strerror(-err));
    vf_diagnostics_finish(&diagnostics);
    vf_tree_finish(&root);
    vf_flow_destroy(&keeper);
    return status;
}

static int config(int argc, char **argv)
{
    struct config_values values = {0};
    struct vf_operands files;
    enum vf_exit_status status = VF_EXIT_USAGE;
    int err = vf_command_line_parse(&vf_command_config, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    if (values.flow.is_batch && values.flow.is_realtime)
        vf_log(VF_LOG_ERROR, "--batch and --realtime exclude each other");
    else
        status = vf_flow_arguments_resolve(&values.flow, &vf_command_config, &files);
    if (status == VF_EXIT_OK)
        status = config_file(&values, files.items[0]);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_config, &values);
    return (int)status;
}

const struct vf_command vf_command_config = {
    .name = "config",
    .summary = "Print a flow as it is after all that is put into it.",
    .details =
        "Included files, sub-flows, loops, variables and settings are in their places: what is "
        "printed is a flow of nodes alone, which runs the same. Passwords are printed as they "
        "are.",
    .operand = VF_FLOW_OPERAND,
    .operand_kind = VF_OPERAND_FLOW,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = config,
};
