/* SPDX-License-Identifier: MIT */
/* vflow.c - the program: finds the subcommand and runs it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "engine/base/log.h"

static int run_command(int argc, char **argv)
{
    const char *name = argv[0];
    if (strcmp(name, "--version") == 0) {
        puts("vflow " VF_VERSION);
        return VF_EXIT_OK;
    }
    if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
        name = "help";
    const struct vf_command *command = vf_command_find(name);
    if (!command) {
        vf_command_report_unknown(name);
        return VF_EXIT_USAGE;
    }
    return command->run(argc, argv);
}

/* What was printed counts only once it has arrived: a full disk is told here. */
static int close_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE)
        vf_log(VF_LOG_ERROR, "standard output: %s", strerror(errno));
    return status == VF_EXIT_OK ? VF_EXIT_OUTPUT_FAILED : status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        vf_help_print(stderr);
        return VF_EXIT_USAGE;
    }
    return close_output(run_command(argc - 1, argv + 1));
}
