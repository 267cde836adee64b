/* SPDX-License-Identifier: MIT */
/* vflow.c - the program: finds the subcommand and runs it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/standard_output.h"
#include "engine/base/array.h"
#include "engine/base/inherited.h"
#include "engine/base/log.h"
#include "engine/base/standard_streams.h"

static int run_command(int argc, char **argv)
{
    const char *name = argv[0];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 || strcmp(name, "version") == 0) {
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

/* What was printed counts only once it has arrived: a full disk is reported here. */
static int close_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE)
        vf_log(VF_LOG_ERROR, "standard output: %s", strerror(errno));
    return status == VF_EXIT_OK ? VF_EXIT_OUTPUT_FAILED : status;
}

/* What the parent has left open, ignored or blocked must not change what the program does. */
static void settle_process(void)
{
    vf_standard_streams_fill();
    signal(SIGCHLD, SIG_DFL); /* where it is ignored, nobody hears how a child has ended */
    signal(SIGUSR1, SIG_IGN); /* asks a run for its state, and kills nothing that has none yet */
}

/* Dies of the signal that has stopped the run: only so does a shell end its loop, and a service
 * manager see that nothing failed. Process 1 of a container outlives it. */
static void die_of(int number)
{
    sigset_t set;
    fflush(NULL);
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

static int end(int status)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < VF_COUNT(stops); i++) {
        if (status == VF_EXIT_BY_SIGNAL + stops[i])
            die_of(stops[i]);
    }
    return status;
}

int main(int argc, char **argv)
{
    vf_inherited_note();
    settle_process();
    vf_standard_output_open();
    if (argc < 2) {
        vf_help_print(stderr);
        return VF_EXIT_USAGE;
    }
    return end(close_output(run_command(argc - 1, argv + 1)));
}
