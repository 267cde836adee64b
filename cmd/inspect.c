/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

static void report_unknown(const char *name)
{
    struct vf_text_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < vf_all_nodes.count; i++)
        vf_text_nearest_consider(&nearest, vf_node_name_at(&vf_all_nodes, i));
    vf_log(VF_LOG_ERROR, "there is no node \"%s\"%s", name,
           vf_text_suggest_or(&nearest, "see vflow list"));
}

static int inspect(int argc, char **argv)
{
    struct vf_operands names;
    int err = vf_command_line_parse(&vf_command_inspect, argc, argv, NULL, &names);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = VF_EXIT_OK;
    for (size_t i = 0; i < names.count; i++) {
        const struct vf_node *node = vf_node_find(&vf_all_nodes, names.items[i]);
        if (!node && vf_node_exists(&vf_all_nodes, names.items[i])) {
            status = VF_EXIT_INTERNAL; /* and why, has been said */
            continue;
        }
        if (!node) {
            report_unknown(names.items[i]);
            status = VF_EXIT_USAGE;
            continue;
        }
        if (i)
            putchar('\n');
        vf_reference_text(stdout, node);
    }
    return (int)status;
}

const struct vf_command vf_command_inspect = {
    .name = "inspect",
    .summary = "Describe a node type, its ports and its options.",
    .operand = "TYPE",
    .operand_kind = VF_OPERAND_NODE,
    .minimum_operands = 1,
    .maximum_operands = VF_ANY_NUMBER,
    .run = inspect,
};
