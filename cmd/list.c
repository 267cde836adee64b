/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

static int list(int argc, char **argv)
{
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_list, argc, argv, NULL, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    err = vf_node_bring_all(&vf_all_nodes);
    vf_reference_list(stdout, &vf_all_nodes);
    return err ? VF_EXIT_INTERNAL : VF_EXIT_OK;
}

const struct vf_command vf_command_list = {
    .name = "list",
    .summary = "List all node types.",
    .run = list,
};
