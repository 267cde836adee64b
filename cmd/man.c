/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

/* Prints the part of vflow-nodes(7) that follows man/vflow-nodes.head.7. */
static int man(int argc, char **argv)
{
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_man, argc, argv, NULL, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    if (vf_node_bring_all(&vf_all_nodes) < 0)
        return VF_EXIT_INTERNAL;
    for (size_t i = 0; i < vf_all_nodes.count; i++)
        vf_reference_man(stdout, vf_node_at(&vf_all_nodes, i));
    fputs(".Sh SEE ALSO\n.Xr vflow 1 ,\n.Xr vflow-flow 5\n", stdout);
    return VF_EXIT_OK;
}

const struct vf_command vf_command_man = {
    .name = "man",
    .summary = "Print the generated part of vflow-nodes(7).",
    .is_hidden = true,
    .run = man,
};
