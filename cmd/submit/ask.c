/* SPDX-License-Identifier: MIT */
#include "cmd/submit/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/exit_status.h"

#define NOT_FOUND 127

/* What the process does that becomes the program. Does not return. */
static _Noreturn void become(const char *const *words, int output, int errors)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(NOT_FOUND);
}

static int take_output(int fd, struct vf_text *text)
{
    char bytes[4096];
    off_t at = 0;
    ssize_t got;
    while ((got = pread(fd, bytes, sizeof(bytes), at)) > 0) {
        vf_text_append(text, bytes, (size_t)got);
        at += got;
    }
    vf_text_append(text, "", 0);
    return text->failed ? -ENOMEM : VF_OK;
}

static int await(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return VF_EXIT_BY_SIGNAL + WTERMSIG(status);
    return WEXITSTATUS(status) == NOT_FOUND ? -ENOENT : WEXITSTATUS(status);
}

int vf_submit_ask(const char *const *words, struct vf_text *said, struct vf_text *complained)
{
    int output = memfd_create("output", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
    int status = output < 0 || errors < 0 ? -errno : VF_OK;
    fflush(NULL);
    pid_t pid = status ? -1 : fork();
    if (pid == 0)
        become(words, output, errors);
    if (!status)
        status = pid < 0 ? -errno : await(pid);
    if (pid > 0 && status >= 0 &&
        (take_output(output, said) < 0 || take_output(errors, complained) < 0))
        status = -ENOMEM;
    if (output >= 0)
        close(output);
    if (errors >= 0)
        close(errors);
    return status;
}
