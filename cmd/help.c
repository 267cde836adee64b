/* SPDX-License-Identifier: MIT */
#include "cmd/help.h"

#include "cmd/command.h"
#include "cmd/command_line.h"

void vf_help_print(FILE *out)
{
    fputs("vflow runs video flows: graphs of tasks, described in a YAML file.\n\n"
          "Usage: vflow COMMAND [FLAG]... [FLOW]\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < vf_all_commands.count; i++) {
        const struct vf_command *command = vf_all_commands.items[i];
        if (!command->is_hidden)
            fprintf(out, "  %-11s %s\n", command->name, command->summary);
    }
    fputs("\n"
          "vflow COMMAND --help shows the flags of a command, vflow --version the version.\n"
          "Try: vflow flows, vflow new, vflow run @NAME, and vflow doctor where something fails.\n"
          "The manual is vflow(1); how to do the usual things is in vflow-recipes(7).\n",
          out);
}

static int help(int argc, char **argv)
{
    struct vf_operands names;
    int err = vf_command_line_parse(&vf_command_help, argc, argv, NULL, &names);
    if (err)
        return (int)vf_command_line_status(err);
    if (names.count == 0) {
        vf_help_print(stdout);
        return VF_EXIT_OK;
    }
    const struct vf_command *command = vf_command_find(names.items[0]);
    if (!command) {
        vf_command_report_unknown(names.items[0]);
        return VF_EXIT_USAGE;
    }
    vf_command_line_print_help(stdout, command);
    return VF_EXIT_OK;
}

const struct vf_command vf_command_help = {
    .name = "help",
    .summary = "Show the help of a command.",
    .operand = "COMMAND",
    .operand_kind = VF_OPERAND_COMMAND,
    .maximum_operands = 1,
    .run = help,
};
