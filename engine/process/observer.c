/* SPDX-License-Identifier: MIT */
#include "engine/process/observer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/instruments.h"
#include "engine/base/log.h"
#include "engine/process/signals.h"

#define FIRST_FREE_FD 3
#define LOOK_MS 5
#define STOPPED_PATIENCE_S 5 /* for one that counts to be continued, when the run is over */

/* Moves its descriptors to the lowest numbers after the standard streams, and closes all above: the
 * lock of the run's folder, doorbells, processes, memory that is mapped already. */
static int keep_only(struct vf_observation *observation)
{
    int *const kept[] = {&observation->stop_fd, &observation->out_fd, &observation->fds[0],
                         &observation->fds[1]};
    int next = FIRST_FREE_FD;
    for (size_t i = 0; i < VF_COUNT(kept); i++) {
        if (*kept[i] < 0)
            continue;
        int high = fcntl(*kept[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD + (int)VF_COUNT(kept));
        if (high < 0)
            return -errno;
        *kept[i] = high;
    }
    for (size_t i = 0; i < VF_COUNT(kept); i++) {
        if (*kept[i] < 0)
            continue;
        if (dup2(*kept[i], next) < 0)
            return -errno;
        *kept[i] = next++;
    }
    return close_range((unsigned)next, ~0U, 0) == 0 ? VF_OK : -errno;
}

static int settle(const struct vf_observer_order *order, pid_t supervisor,
                  struct vf_run_memory *memory)
{
    char name[16]; /* as much as the kernel keeps */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor)
        return -ESRCH; /* it has died meanwhile */
    vf_signals_leave();
    snprintf(name, sizeof(name), "vflow:%.9s", order->name);
    prctl(PR_SET_NAME, name);
    return vf_run_memory_look_only(memory);
}

static struct vf_observer *free_place(struct vf_observers *observers)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (!observers->items[i].pid)
            return &observers->items[i];
    }
    return NULL;
}

static struct vf_observation observation_of(const struct vf_observer_order *order, int stop_fd)
{
    struct vf_observation observation = {
        .stop_fd = stop_fd, .out_fd = order->out_fd, .context = order->context};
    for (size_t i = 0; i < VF_OBSERVER_FDS; i++)
        observation.fds[i] = i < order->fd_count ? order->fds[i] : -1;
    return observation;
}

int vf_observers_start(struct vf_observers *observers, const struct vf_plan *plan,
                       struct vf_run_memory *memory, const struct vf_observer_order *order,
                       pid_t *pid)
{
    struct vf_observer *observer = free_place(observers);
    int stop[2];
    pid_t supervisor = getpid();
    if (!observer)
        return -EBUSY;
    if (pipe2(stop, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    if (child == 0) {
        struct vf_observation observation = observation_of(order, stop[0]);
        observation.plan = plan;
        observation.memory = memory;
        int err = settle(order, supervisor, memory);
        if (!err)
            err = keep_only(&observation);
        vf_leave((int)(err ? VF_EXIT_INTERNAL : order->observe(&observation)));
    }
    int err = child < 0 ? -errno : VF_OK;
    close(stop[0]);
    if (err) {
        close(stop[1]);
        return err;
    }
    *observer = (struct vf_observer){.pid = child,
                                     .stop_fd = stop[1],
                                     .counts = order->counts,
                                     .name = order->name,
                                     .patience_ms = order->patience_ms};
    if (pid)
        *pid = child;
    return VF_OK;
}

static const char *name_of(int signal)
{
    const char *name = sigabbrev_np(signal);
    return name ? name : "?";
}

static void let_go(struct vf_observers *observers, struct vf_observer *observer, int wait_status)
{
    bool is_well = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
    if (observer->stop_fd >= 0)
        close(observer->stop_fd);
    if (observer->counts && WIFSIGNALED(wait_status)) /* what fails says so itself */
        vf_log(VF_LOG_ERROR, "vflow:%s (process %d) was killed by SIG%s", observer->name,
               (int)observer->pid, name_of(WTERMSIG(wait_status)));
    if (observer->counts && !is_well)
        observers->have_failed = true;
    *observer = (struct vf_observer){0};
}

/* Returns whether it has ended. */
static bool collect(struct vf_observers *observers, struct vf_observer *observer, int options)
{
    int wait_status = 0;
    pid_t ended;
    do
        ended = waitpid(observer->pid, &wait_status, options);
    while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return false;
    if (ended > 0 && (WIFSTOPPED(wait_status) || WIFCONTINUED(wait_status))) {
        observer->is_stopped = WIFSTOPPED(wait_status);
        return false;
    }
    let_go(observers, observer, wait_status);
    return true;
}

void vf_observers_collect(struct vf_observers *observers)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (observers->items[i].pid)
            (void)collect(observers, &observers->items[i], WNOHANG | WUNTRACED | WCONTINUED);
    }
}

void vf_observers_stop(struct vf_observers *observers, pid_t pid)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        struct vf_observer *observer = &observers->items[i];
        if (!pid || observer->pid != pid || observer->stop_fd < 0)
            continue;
        close(observer->stop_fd);
        observer->stop_fd = -1;
    }
}

void vf_observers_relieve(struct vf_observers *observers, pid_t pid, int64_t at_ns)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        const struct vf_observer *observer = &observers->items[i];
        if (pid && observer->pid == pid && observer->stop_fd >= 0)
            (void)!write(observer->stop_fd, &at_ns, sizeof(at_ns)); /* or it has ended */
    }
    vf_observers_stop(observers, pid);
}

size_t vf_observers_list(const struct vf_observers *observers, int *fds)
{
    size_t count = 0;
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (observers->items[i].pid)
            fds[count++] = observers->items[i].stop_fd;
    }
    return count;
}

bool vf_observers_include(const struct vf_observers *observers, pid_t pid)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (pid && observers->items[i].pid == pid)
            return true;
    }
    return false;
}

/* Returns whether one of them that counts is left. */
static bool is_any_left(const struct vf_observers *observers)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (observers->items[i].pid && observers->items[i].counts)
            return true;
    }
    return false;
}

/* Returns whether one is left that is to be waited for after `waited_ns`. */
static bool is_any_awaited(const struct vf_observers *observers, int64_t waited_ns, int patience_ms)
{
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        const struct vf_observer *observer = &observers->items[i];
        int most_ms = observer->patience_ms && patience_ms ? observer->patience_ms : patience_ms;
        if (observer->pid && waited_ns < most_ms * VF_NS_PER_MS)
            return true;
    }
    return false;
}

/* Returns whether all that are left and count are stopped; says so of each, once. */
static bool are_all_stopped(struct vf_observers *observers)
{
    bool are_all = true;
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        struct vf_observer *observer = &observers->items[i];
        if (!observer->pid || !observer->counts)
            continue;
        are_all = are_all && observer->is_stopped;
        if (observer->is_stopped && !observer->has_told)
            vf_log(
                VF_LOG_WARNING,
                "vflow:%s (process %d) is stopped by a signal, and has not written all; continue "
                "it with kill -CONT %d, or it is killed in %d s",
                observer->name, (int)observer->pid, (int)observer->pid, STOPPED_PATIENCE_S);
        observer->has_told = observer->is_stopped;
    }
    return are_all;
}

/* Waits until those that count have ended, or will not. */
static void await_counting(struct vf_observers *observers)
{
    int64_t stopped_ns = 0; /* since when all are stopped; 0: they are not */
    while (is_any_left(observers)) {
        int64_t now_ns = vf_clock_now_ns();
        if (!are_all_stopped(observers))
            stopped_ns = 0;
        else if (!stopped_ns)
            stopped_ns = now_ns;
        else if (now_ns - stopped_ns >= STOPPED_PATIENCE_S * VF_NS_PER_S)
            return;
        poll(NULL, 0, LOOK_MS);
        vf_observers_collect(observers);
    }
}

void vf_observers_finish(struct vf_observers *observers, int patience_ms)
{
    int64_t begun_ns = vf_clock_now_ns();
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        if (observers->items[i].pid && observers->items[i].stop_fd >= 0)
            close(observers->items[i].stop_fd);
        observers->items[i].stop_fd = -1;
    }
    vf_observers_collect(observers);
    await_counting(observers);
    while (is_any_awaited(observers, vf_clock_now_ns() - begun_ns, patience_ms)) {
        poll(NULL, 0, LOOK_MS);
        vf_observers_collect(observers);
    }
    for (size_t i = 0; i < VF_OBSERVERS_MOST; i++) {
        struct vf_observer *observer = &observers->items[i];
        if (!observer->pid)
            continue;
        kill(observer->pid, SIGKILL); /* not waited for yet: the id is its own */
        (void)collect(observers, observer, 0);
    }
}
