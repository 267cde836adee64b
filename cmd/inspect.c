/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/plugins.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/vocabulary.h"
#include "engine/node/reference/reference.h"
#include "engine/node/reference/synonyms.h"
#include "nodes/all_nodes.h"

struct inspect_values {
    bool is_json;
    struct vf_words plugins;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "json", NULL, "Print an object with an array of the types, and the common keys",
            VF_BOOLEAN(struct inspect_values, is_json)),
    VF_PLUGIN_FLAG(struct inspect_values, plugins),
};

static void report_unknown(const char *name)
{
    const char *meant = vf_synonym_of_node(&vf_all_nodes, name);
    struct vf_text_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < vf_node_total(&vf_all_nodes); i++)
        vf_text_nearest_consider(&nearest, vf_node_name_at(&vf_all_nodes, i));
    if (meant)
        vf_log(VF_LOG_ERROR, "there is no node \"%s\"; did you mean \"%s\"?", name, meant);
    else
        vf_log(VF_LOG_ERROR, "there is no node \"%s\"%s", name,
               vf_text_suggest_or(&nearest, "see vflow list"));
}

/* Returns the node, or NULL after it has said why not. */
static const struct vf_node *find_node(const char *name, enum vf_exit_status *status)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, name);
    if (node)
        return node;
    if (vf_node_exists(&vf_all_nodes, name)) {
        *status = VF_EXIT_INTERNAL; /* and why, has been said */
    } else {
        report_unknown(name);
        *status = VF_EXIT_USAGE;
    }
    return NULL;
}

static void print_common_keys(void)
{
    puts("\nEvery node also has these keys, see vflow-flow(5):");
    printf("  %-14s%s\n", "inputs",
           "What it reads: NODE, NODE.PORT, a list, or a mapping of ports");
    vf_reference_keys(stdout, &vf_node_key_options);
    puts("\nEvery input, as {from: NODE, queue: 4}, also has these:");
    vf_reference_keys(stdout, &vf_edge_key_options);
    vf_reference_keys(stdout,
                      &(struct vf_option_list){&vf_input_key_options.items[VF_INPUT_DELAY], 1});
}

static void print_page(const struct vf_node *node)
{
    const char *plugin = vf_plugin_of_node(node);
    vf_reference_text(stdout, node);
    if (plugin)
        printf("\nFrom the plugin %s\n", plugin);
}

static json_t *page_as_json(const struct vf_node *node)
{
    const char *plugin = vf_plugin_of_node(node);
    json_t *page = vf_reference_json(node);
    if (plugin)
        json_object_set_new(page, "plugin", json_string(plugin));
    return page;
}

static enum vf_exit_status print_pages(const struct vf_operands *names)
{
    enum vf_exit_status status = VF_EXIT_OK;
    size_t shown = 0;
    for (size_t i = 0; i < names->count; i++) {
        const struct vf_node *node = find_node(names->items[i], &status);
        if (node && shown++)
            putchar('\n');
        if (node)
            print_page(node);
    }
    if (shown)
        print_common_keys();
    return status;
}

static enum vf_exit_status print_json(const struct vf_operands *names)
{
    enum vf_exit_status status = VF_EXIT_OK;
    json_t *types = json_array();
    for (size_t i = 0; i < names->count; i++) {
        const struct vf_node *node = find_node(names->items[i], &status);
        if (node)
            json_array_append_new(types, page_as_json(node));
    }
    json_t *all = json_pack("{s:o, s:o, s:o}", "types", types, "keys",
                            vf_reference_keys_json(&vf_node_key_options), "input_keys",
                            vf_reference_keys_json(&vf_edge_key_options));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    return status;
}

static int inspect(int argc, char **argv)
{
    struct inspect_values values = {0};
    struct vf_operands names;
    int err = vf_command_line_parse(&vf_command_inspect, argc, argv, &values, &names);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_plugins_load(&values.plugins);
    if (status == VF_EXIT_OK)
        status = values.is_json ? print_json(&names) : print_pages(&names);
    vf_command_line_release(&vf_command_inspect, &values);
    return (int)status;
}

const struct vf_command vf_command_inspect = {
    .name = "inspect",
    .summary = "Describe a node type, its ports and its options.",
    .operand = "TYPE",
    .operand_kind = VF_OPERAND_NODE,
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = inspect,
};
