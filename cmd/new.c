/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_library.h"
#include "cmd/plugins.h"
#include "engine/base/log.h"
#include "engine/flow/chain/chain.h"
#include "engine/flow/chain/print.h"
#include "engine/flow/file/yaml.h"
#include "nodes/all_nodes.h"

#define SCHEMA_LINE "# yaml-language-server: $schema="

struct new_values {
    struct vf_words plugins;
};

static const struct vf_flag flags[] = {
    VF_PLUGIN_FLAG(struct new_values, plugins),
};

static void print_schema_line(void)
{
    char *schema = vf_flow_library_schema();
    if (schema)
        printf(SCHEMA_LINE "%s\n", schema);
    free(schema);
}

/* Prints the text of a shipped flow as a file of the user's. */
static void print_lines(const char *bytes)
{
    while (*bytes) {
        size_t length = strcspn(bytes, "\n");
        bool is_licence = strncmp(bytes, "# SPDX-", 7) == 0;
        bool is_schema = strncmp(bytes, SCHEMA_LINE, strlen(SCHEMA_LINE)) == 0;
        if (is_schema)
            print_schema_line();
        else if (!is_licence)
            printf("%.*s\n", (int)length, bytes);
        bytes += length + (bytes[length] == '\n');
    }
}

static enum vf_exit_status print_file(const char *path)
{
    struct vf_diagnostics diagnostics = {0};
    char *bytes = NULL;
    size_t length;
    vf_diagnostics_begin(&diagnostics, path);
    int err = vf_flow_file_read(path, &diagnostics, (struct vf_place){0}, &bytes, &length);
    if (!err)
        print_lines(bytes);
    vf_diagnostics_print(&diagnostics, stderr);
    vf_diagnostics_finish(&diagnostics);
    free(bytes);
    return err ? VF_EXIT_INVALID_FLOW : VF_EXIT_OK;
}

static void print_comment(const char *lead, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        printf("#%s%.*s\n", lead, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void print_plugins(void)
{
    size_t count;
    const char *const *plugins = vf_plugins_of_flags(&count);
    for (size_t i = 0; i < count; i++) {
        json_t *path = json_string(plugins[i]);
        char *quoted = json_dumps(path, JSON_ENCODE_ANY);
        if (!i)
            puts("plugins:");
        if (quoted)
            printf("  - %s\n", quoted);
        free(quoted);
        json_decref(path);
    }
}

/* Prints the flow that a chain stands for, with what each node does. */
static void print_tree(const char *chain, const struct vf_tree *root)
{
    const struct vf_tree *nodes = vf_tree_find(root, "nodes");
    print_schema_line();
    puts("# The same flow as this chain:");
    print_comment("   ", chain);
    puts(
        "# Run it with vflow run FILE; vflow inspect TYPE shows all that a node can do.\nvflow: 1");
    print_plugins();
    puts("nodes:");
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        const struct vf_tree *node = &nodes->children[i];
        const struct vf_tree *type = vf_tree_find(node, "type");
        const struct vf_node *known = type ? vf_node_find(&vf_all_nodes, type->text) : NULL;
        if (known)
            printf("  # %s\n", known->summary);
        vf_chain_print(stdout, node, 2);
    }
}

static enum vf_exit_status print_chain(const char *chain)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    vf_diagnostics_begin(&diagnostics, "chain");
    diagnostics.text = chain;
    int err = vf_chain_read(chain, &vf_all_nodes, &diagnostics, &root);
    if (!err)
        print_tree(chain, &root);
    vf_diagnostics_print(&diagnostics, stderr);
    vf_diagnostics_finish(&diagnostics);
    vf_tree_finish(&root);
    if (err && err != -EINVAL)
        vf_log(VF_LOG_ERROR, "the flow could not be made: %s", strerror(-err));
    return !err ? VF_EXIT_OK : err == -EINVAL ? VF_EXIT_INVALID_FLOW : VF_EXIT_INTERNAL;
}

static int list(const struct vf_flow_library *library)
{
    int width = 0;
    for (size_t i = 0; i < library->count; i++) {
        int length = (int)strlen(library->items[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < library->count; i++) {
        struct vf_flow_description description = {0};
        int err = vf_flow_description_read(&description, library->items[i].path);
        if (!err)
            printf("%-*s  %s\n", width, library->items[i].name, description.summary);
        vf_flow_description_finish(&description);
        if (err)
            return err;
    }
    return VF_OK;
}

static enum vf_exit_status show(const char *asked)
{
    struct vf_flow_library library = {0};
    const struct vf_library_flow *flow = NULL;
    enum vf_exit_status status = VF_EXIT_OK;
    int err = vf_flow_library_read(&library);
    if (!err && !asked)
        err = list(&library);
    else if (!err)
        flow = vf_flow_library_find(&library, asked + (asked[0] == '@'));
    if (flow)
        status = print_file(flow->path);
    else if (!err && asked && (strpbrk(asked, " \n!") || vf_node_exists(&vf_all_nodes, asked)))
        status = print_chain(asked);
    else if (!err && asked)
        status = VF_EXIT_USAGE;
    if (asked && status == VF_EXIT_USAGE)
        vf_flow_library_report_unknown(&library, asked + (asked[0] == '@'));
    vf_flow_library_finish(&library);
    if (err)
        vf_log(VF_LOG_ERROR, "the flow could not be made: %s", strerror(-err));
    return err ? VF_EXIT_INTERNAL : status;
}

static int new (int argc, char **argv)
{
    struct new_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_new, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_plugins_load(&values.plugins);
    if (status == VF_EXIT_OK)
        status = show(words.count ? words.items[0] : NULL);
    vf_command_line_release(&vf_command_new, &values);
    return (int)status;
}

const struct vf_command vf_command_new = {
    .name = "new",
    .summary = "Print a flow file to start from.",
    .details = "Of a flow that has a name, or of a chain:\n"
               "    vflow new transcode >flow.yaml\n"
               "    vflow new 'video_reader in.mp4 ! resize 640 ! video_writer out.mp4'\n"
               "Without an operand it lists the names.",
    .operand = "NAME|CHAIN",
    .operand_kind = VF_OPERAND_NAMED,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = new,
};
