/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

/* What the head of the page says where a part is to stand. */
static const struct {
    const char *line;
    void (*print)(FILE *out, const struct vf_node_list *nodes);
} parts[] = {
    {".\\\" the list of nodes\n", vf_reference_man_list},
    {".\\\" the shared options\n", vf_reference_man_shared},
    {".\\\" the nodes\n", vf_reference_man_all},
};

static void print_line(const char *line)
{
    for (size_t i = 0; i < VF_COUNT(parts); i++) {
        if (strcmp(line, parts[i].line) == 0) {
            parts[i].print(stdout, &vf_all_nodes);
            return;
        }
    }
    fputs(line, stdout);
}

/* Prints vflow-nodes(7): its head, with the parts that are made from the nodes. */
static int man(int argc, char **argv)
{
    struct vf_operands files;
    char line[4096];
    int err = vf_command_line_parse(&vf_command_man, argc, argv, NULL, &files);
    if (err)
        return (int)vf_command_line_status(err);
    if (vf_node_bring_all(&vf_all_nodes) < 0)
        return VF_EXIT_INTERNAL;
    FILE *head = fopen(files.items[0], "re");
    if (!head) {
        vf_log(VF_LOG_ERROR, "%s: %s", files.items[0], strerror(errno));
        return VF_EXIT_NO_SOURCE;
    }
    while (fgets(line, sizeof(line), head))
        print_line(line);
    fclose(head);
    return VF_EXIT_OK;
}

const struct vf_command vf_command_man = {
    .name = "man",
    .summary = "Print vflow-nodes(7), from its head and the nodes.",
    .operand = "HEAD",
    .minimum_operands = 1,
    .maximum_operands = 1,
    .is_hidden = true,
    .run = man,
};
