/* SPDX-License-Identifier: MIT */
#include "engine/process/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"

#define ECHO_NS (100 * VF_NS_PER_MS)

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Returns whether the parent ignores SIGINT as well: then nobody is to hear one. */
static bool does_parent_ignore_interrupts(void)
{
    char path[32], line[128];
    unsigned long long ignored = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)getppid());
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "SigIgn:", 7) == 0)
            ignored = strtoull(line + 7, NULL, 16);
    }
    if (file)
        fclose(file);
    return ignored >> (SIGINT - 1) & 1;
}

/* Whether a shell has put this process in the background. */
static bool is_in_background(void)
{
    return is_ignored(SIGINT) && is_ignored(SIGQUIT) && !does_parent_ignore_interrupts();
}

static int listen(struct vf_signals *signals)
{
    sigset_t heard;
    sigemptyset(&heard);
    signals->is_terminal_unheard = is_in_background();
    for (size_t i = 0; i < VF_COUNT(stop_signals); i++) {
        bool is_wanted = stop_signals[i] == SIGINT && signals->is_terminal_unheard;
        if (is_wanted || !is_ignored(stop_signals[i]))
            sigaddset(&heard, stop_signals[i]);
    }
    sigaddset(&heard, SIGUSR1);
    sigaddset(&heard, SIGWINCH);
    sigaddset(&heard, SIGCHLD);
    sigprocmask(SIG_BLOCK, &heard, &signals->old_mask);
    signals->has_blocked = true;
    signals->fd = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd < 0 ? -errno : VF_OK;
}

int vf_signals_take(struct vf_signals *signals, bool is_heard)
{
    const struct sigaction ignored = {.sa_handler = SIG_IGN}, normal = {.sa_handler = SIG_DFL};
    sigaction(SIGPIPE, &ignored, &signals->old_pipe);
    sigaction(SIGXFSZ, &ignored, &signals->old_size);
    /* Where it is ignored, the kernel forgets how children have ended. */
    sigaction(SIGCHLD, NULL, &signals->old_child);
    if (signals->old_child.sa_handler == SIG_IGN || signals->old_child.sa_flags & SA_NOCLDWAIT)
        sigaction(SIGCHLD, &normal, NULL);
    /* Workers inherit this one: it goes to the group at times. */
    sigaction(SIGUSR1, NULL, &signals->old_state);
    if (is_heard)
        sigaction(SIGUSR1, &ignored, NULL);
    signals->is_taken = true;
    return is_heard ? listen(signals) : VF_OK;
}

void vf_signals_give_back(struct vf_signals *signals)
{
    if (signals->fd >= 0)
        close(signals->fd);
    signals->fd = -1;
    if (signals->is_taken) {
        sigaction(SIGPIPE, &signals->old_pipe, NULL);
        sigaction(SIGXFSZ, &signals->old_size, NULL);
        sigaction(SIGCHLD, &signals->old_child, NULL);
        sigaction(SIGUSR1, &signals->old_state, NULL);
    }
    signals->is_taken = false;
    if (signals->has_blocked)
        sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
    signals->has_blocked = false;
}

int vf_signals_next(const struct vf_signals *signals)
{
    struct signalfd_siginfo info;
    while (signals->fd >= 0 && read(signals->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        bool is_from_terminal = info.ssi_signo == SIGINT && info.ssi_code == SI_KERNEL;
        if (info.ssi_signo != SIGCHLD && !(is_from_terminal && signals->is_terminal_unheard))
            return (int)info.ssi_signo;
    }
    return 0;
}

bool vf_signals_is_echo(const struct vf_signals *signals, int64_t now_ns)
{
    return signals->last_stop_ns && now_ns - signals->last_stop_ns < ECHO_NS;
}

void vf_signals_note_stop(struct vf_signals *signals, int64_t now_ns)
{
    signals->last_stop_ns = now_ns;
}

void vf_signals_leave(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGXFSZ};
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigset_t none;
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        sigaction(ignored[i], &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
