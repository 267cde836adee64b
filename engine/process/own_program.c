/* SPDX-License-Identifier: MIT */
#include "engine/process/own_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/process/signals.h"

#define NOT_STARTED 127

static void give(int own, int given, int nothing)
{
    if (own == given)
        fcntl(given, F_SETFD, 0);
    else
        dup2(own < 0 ? nothing : own, given);
}

/* What the process does that becomes the program. Does not return. */
static _Noreturn void become(const struct vf_own_program *program, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(NOT_STARTED);
    if (program->signals)
        vf_signals_give_back(program->signals);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    give(-1, STDIN_FILENO, nothing);
    give(program->output, STDOUT_FILENO, nothing);
    give(program->errors, STDERR_FILENO, nothing);
    if (program->extra >= 0)
        give(program->extra, VF_OWN_PROGRAM_EXTRA, nothing);
    if (program->folder && chdir(program->folder) != 0)
        _exit(NOT_STARTED);
    execv("/proc/self/exe", (char *const *)(uintptr_t)program->words);
    _exit(NOT_STARTED);
}

int vf_own_program_start(const struct vf_own_program *program, pid_t *pid)
{
    pid_t parent = getpid();
    fflush(NULL);
    *pid = fork();
    if (*pid == 0)
        become(program, parent);
    return *pid < 0 ? -errno : VF_OK;
}
