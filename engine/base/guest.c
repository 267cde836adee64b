/* SPDX-License-Identifier: MIT */
#include "engine/base/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"

#define NAP_NS VF_NS_PER_MS /* between two looks, where there is no pidfd */
#define STANDARD_STREAMS 3

/* What the child needs between its birth and its exec. It shares the memory of this process, so all
 * of it is made before; but for `err`, it only reads. */
struct birth {
    const struct vf_guest_settings *settings;
    char *const *words;
    char **variables;
    int *moved; /* for each descriptor, a copy above all that are given */
    int nothing, highest;
    pid_t parent;
    sigset_t old_mask;
    volatile int err;
};

static size_t count_texts(const char *const *texts)
{
    size_t count = 0;
    while (texts && texts[count])
        count++;
    return count;
}

/* Returns whether one of `texts` sets the same variable. */
static bool is_among(const char *const *texts, const char *variable)
{
    size_t length = strcspn(variable, "=") + 1;
    for (size_t i = 0; texts && texts[i]; i++) {
        if (strncmp(texts[i], variable, length) == 0)
            return true;
    }
    return false;
}

/* The environment of this process, with what is added or replaced. Its texts stay others'. */
static int make_environment(struct birth *birth)
{
    const char *const *added = birth->settings->variables;
    const char *const *own = (const char *const *)environ;
    size_t count = 0;
    birth->variables = calloc(count_texts(own) + count_texts(added) + 1, sizeof(char *));
    if (!birth->variables)
        return -ENOMEM;
    for (; own && *own; own++) {
        if (!is_among(added, *own))
            birth->variables[count++] = (char *)(uintptr_t)*own;
    }
    for (; added && *added; added++)
        birth->variables[count++] = (char *)(uintptr_t)*added;
    return VF_OK;
}

/* Copies the descriptors to numbers at which giving one overwrites no other. */
static int move_descriptors(struct birth *birth)
{
    const struct vf_guest_settings *settings = birth->settings;
    birth->moved = calloc(settings->descriptor_count + 1, sizeof(int));
    birth->highest = STANDARD_STREAMS - 1;
    if (!birth->moved)
        return -ENOMEM;
    for (size_t i = 0; i < settings->descriptor_count; i++) {
        birth->moved[i] = -1;
        if (settings->descriptors[i].given > birth->highest)
            birth->highest = settings->descriptors[i].given;
    }
    birth->nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (birth->nothing < 0)
        return -errno;
    for (size_t i = 0; i < settings->descriptor_count; i++) {
        birth->moved[i] = fcntl(settings->descriptors[i].own, F_DUPFD_CLOEXEC, birth->highest + 1);
        if (birth->moved[i] < 0)
            return -errno;
    }
    return VF_OK;
}

static int find_descriptor(const struct birth *birth, int given)
{
    for (size_t i = 0; i < birth->settings->descriptor_count; i++) {
        if (birth->settings->descriptors[i].given == given)
            return birth->moved[i];
    }
    return given < STANDARD_STREAMS ? birth->nothing : -1;
}

/* What follows up to the exec runs in the guest, on the memory of its parent, which waits: only system
 * calls, and nothing is allocated. */
static int give_descriptors(const struct birth *birth)
{
    for (int given = 0; given <= birth->highest; given++) {
        int own = find_descriptor(birth, given);
        if (own < 0)
            close(given);
        else if (own == given) /* the null device itself may stand there */
            fcntl(given, F_SETFD, 0);
        else if (dup2(own, given) < 0)
            return -errno;
    }
    if (close_range((unsigned)birth->highest + 1, ~0U, 0) == 0)
        return VF_OK;
    for (long fd = birth->highest + 1; fd < sysconf(_SC_OPEN_MAX); fd++)
        close((int)fd); /* of a kernel before 5.9 */
    return VF_OK;
}

static void reset_signals(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &usual, NULL); /* fails for the few that cannot be changed */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(struct birth *birth)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int err = getppid() == birth->parent ? give_descriptors(birth) : -ESRCH;
    reset_signals();
    if (!err) {
        execvpe(birth->words[0], birth->words, birth->variables);
        err = -errno;
    }
    birth->err = err;
    _exit(127);
}

static pid_t bear(struct birth *birth)
{
    pid_t pid = vfork(); // NOLINT: posix_spawn() asks for no death with the parent
    if (pid == 0)
        become(birth); // NOLINT: that makes system calls only
    return pid < 0 ? -errno : pid;
}

/* Signals wait meanwhile: a handler would run in the guest, too, on this process's memory. */
static int start(struct vf_guest *guest, struct birth *birth)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &birth->old_mask);
    pid_t pid = bear(birth);
    pthread_sigmask(SIG_SETMASK, &birth->old_mask, NULL);
    if (pid < 0)
        return (int)pid;
    guest->pid = pid;
    if (birth->err) {
        (void)vf_guest_await(guest, 0);
        return birth->err;
    }
    guest->pidfd = pidfd_open(pid, 0);
    return VF_OK;
}

static void finish(struct birth *birth)
{
    for (size_t i = 0; birth->moved && i < birth->settings->descriptor_count; i++) {
        if (birth->moved[i] >= 0)
            close(birth->moved[i]);
    }
    if (birth->nothing >= 0)
        close(birth->nothing);
    free(birth->moved);
    free(birth->variables);
}

int vf_guest_start(struct vf_guest *guest, const struct vf_guest_settings *settings)
{
    struct birth birth = {.settings = settings,
                          .words = (char *const *)(uintptr_t)settings->words,
                          .nothing = -1,
                          .parent = getpid()};
    *guest = (struct vf_guest){.pidfd = -1};
    if (getpgrp() != birth.parent && setpgid(0, 0) != 0)
        return -errno;
    int err = make_environment(&birth);
    if (!err)
        err = move_descriptors(&birth);
    if (!err)
        err = start(guest, &birth);
    finish(&birth);
    return err;
}

static bool collect(struct vf_guest *guest, int options, int *wait_status)
{
    pid_t ended;
    if (!guest->pid)
        return false;
    do
        ended = waitpid(guest->pid, wait_status, options);
    while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return false;
    if (ended < 0)
        *wait_status = 0; /* somebody else has collected it */
    if (guest->pidfd >= 0)
        close(guest->pidfd);
    *guest = (struct vf_guest){.pidfd = -1};
    return true;
}

bool vf_guest_collect(struct vf_guest *guest, int *wait_status)
{
    return collect(guest, WNOHANG, wait_status);
}

/* Sleeps until the guest has ended, or not quite so long. */
static void nap(const struct vf_guest *guest, int64_t left_ns)
{
    struct pollfd end = {.fd = guest->pidfd, .events = POLLIN};
    bool is_told = guest->pidfd >= 0;
    struct timespec rest = {.tv_sec = (time_t)(left_ns / VF_NS_PER_S),
                            .tv_nsec = (long)(left_ns % VF_NS_PER_S)};
    if (!is_told && left_ns > NAP_NS)
        rest = (struct timespec){.tv_nsec = NAP_NS};
    (void)ppoll(&end, is_told, &rest, NULL);
}

int vf_guest_await(struct vf_guest *guest, int64_t patience_ns)
{
    int64_t deadline_ns = vf_clock_now_ns() + patience_ns, left_ns = patience_ns;
    int wait_status = 0;
    if (!guest->pid)
        return 0;
    while (left_ns > 0 && !collect(guest, WNOHANG, &wait_status)) {
        nap(guest, left_ns);
        left_ns = deadline_ns - vf_clock_now_ns();
    }
    if (guest->pid) {
        kill(guest->pid, SIGKILL); /* not collected yet: the id is its own */
        collect(guest, 0, &wait_status);
    }
    return wait_status;
}

void vf_guest_print_end(char text[VF_GUEST_END_SIZE], int wait_status)
{
    int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    const char *name = sigabbrev_np(number);
    if (number && name)
        snprintf(text, VF_GUEST_END_SIZE, "was killed by SIG%s", name);
    else if (number)
        snprintf(text, VF_GUEST_END_SIZE, "was killed by signal %d", number);
    else
        snprintf(text, VF_GUEST_END_SIZE, "exited with status %d", WEXITSTATUS(wait_status));
}
