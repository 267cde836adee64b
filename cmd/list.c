/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/plugins.h"
#include "engine/base/log.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

struct list_values {
    bool is_json;
    struct vf_words plugins;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "json", NULL, "Print the list as JSON", VF_BOOLEAN(struct list_values, is_json)),
    VF_PLUGIN_FLAG(struct list_values, plugins),
};

static enum vf_exit_status list_nodes(const struct list_values *values, const char *word)
{
    int err = vf_node_bring_all(&vf_all_nodes);
    if (values->is_json) {
        json_t *list = vf_reference_list_json(&vf_all_nodes, word);
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(list);
    } else if (!vf_reference_list(stdout, &vf_all_nodes, word) && !err) {
        vf_log(VF_LOG_ERROR, "no node type has to do with \"%s\"; vflow list shows all", word);
        return VF_EXIT_USAGE;
    }
    return err ? VF_EXIT_INTERNAL : VF_EXIT_OK;
}

static int list(int argc, char **argv)
{
    struct list_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_list, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_plugins_load(&values.plugins);
    if (status == VF_EXIT_OK)
        status = list_nodes(&values, words.count ? words.items[0] : NULL);
    vf_command_line_release(&vf_command_list, &values);
    return (int)status;
}

const struct vf_command vf_command_list = {
    .name = "list",
    .summary = "List the node types.",
    .details = "With WORD, those that have to do with it, by their names, by what other programs "
               "call them, or by what they do.",
    .operand = "WORD",
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = list,
};
