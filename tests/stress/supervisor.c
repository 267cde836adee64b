/* SPDX-License-Identifier: MIT */
#include "tests/stress/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/process/engine.h"
#include "tests/stress/patience.h"

#define GRACE_NS (20 * VF_NS_PER_S)
#define MAX_DESCRIPTORS 4096

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < MAX_DESCRIPTORS; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static enum vf_exit_status run_plan(const struct vf_plan *plan)
{
    struct vf_engine_settings settings = {.grace_ns = patience_extend(GRACE_NS),
                                          .handles_signals = true};
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    if (!err)
        err = vf_engine_allocate(engine);
    if (!err)
        err = vf_engine_join(engine, &status);
    if (!err)
        err = vf_engine_report(engine, "report.json", status);
    if (err)
        vf_log(VF_LOG_ERROR, "the flow could not be run: %s", strerror(-err));
    vf_engine_destroy(&engine);
    return err ? VF_EXIT_INTERNAL : status;
}

/* Processes and descriptors; the run directory is looked at from outside. */
static bool has_leftovers(unsigned descriptors_before)
{
    bool has_child = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
    unsigned descriptors = count_descriptors();
    if (has_child)
        vf_log(VF_LOG_ERROR, "a process of the run is left");
    if (descriptors != descriptors_before)
        vf_log(VF_LOG_ERROR, "%u descriptors were open before the run, %u are after it",
               descriptors_before, descriptors);
    return has_child || descriptors != descriptors_before;
}

/* Goes into the directory of the run, with a log there. */
static void settle(const char *directory, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || chdir(directory) != 0)
        exit(VF_EXIT_INTERNAL);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0 || dup2(log, STDERR_FILENO) < 0 || setenv("XDG_RUNTIME_DIR", directory, 1) != 0)
        exit(VF_EXIT_INTERNAL);
    close(log);
}

pid_t supervisor_fork(const struct vf_plan *plan, const char *directory)
{
    pid_t parent = getpid();
    sigset_t stops, before;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, &before); /* until they are looked at: one may come at once */
    pid_t child = fork();
    int err = -errno;
    if (child != 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        return child < 0 ? err : child;
    }
    settle(directory, parent);
    unsigned descriptors = count_descriptors();
    enum vf_exit_status status = run_plan(plan);
    exit(has_leftovers(descriptors) ? SUPERVISOR_LEFTOVERS : (int)status);
}
