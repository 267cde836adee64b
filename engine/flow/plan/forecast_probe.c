/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/forecast_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/base/write_all.h"
#include "engine/flow/plan/forecast.h"

bool vf_forecast_is_probed(const struct vf_plan_task *task)
{
    return task->node->kind == VF_PRODUCER && task->node->forecast;
}

static size_t forecasts_size(const struct vf_plan_task *task)
{
    return task->node->outputs.count * sizeof(*task->forecasts);
}

/* What the process does that asks. Its workers say what is wrong with a file. Does not return. */
static void answer(struct vf_plan *plan, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    bool is_heard = true;
    for (size_t i = 0; i < plan->task_count && is_heard; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        if (vf_forecast_is_probed(task))
            is_heard = vf_forecast_ask(plan, task) == VF_OK &&
                       vf_write_all(fd, &task->keeps, sizeof(task->keeps)) == VF_OK &&
                       vf_write_all(fd, task->forecasts, forecasts_size(task)) == VF_OK;
    }
    exit(VF_EXIT_OK);
}

/* Reads exactly `size` bytes. Returns -ETIMEDOUT, or -EPIPE when there are no more. */
static int read_all(int fd, void *bytes, size_t size, int64_t deadline_ns)
{
    char *at = bytes;
    while (size) {
        int64_t left_ms = (deadline_ns - vf_clock_now_ns()) / VF_NS_PER_MS;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left_ms <= 0)
            return -ETIMEDOUT;
        if (poll(&ready, 1, (int)left_ms) <= 0)
            continue; /* interrupted, or too late, which is seen above */
        ssize_t got = read(fd, at, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return -EPIPE;
        at += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return VF_OK;
}

/* Takes one task's answer, all of it or nothing. */
static int take_answer(struct vf_plan_task *task, int fd, int64_t deadline_ns)
{
    struct vf_forecast *forecasts = calloc(task->node->outputs.count + 1, sizeof(*forecasts));
    unsigned keeps;
    if (!forecasts)
        return -ENOMEM;
    int err = read_all(fd, &keeps, sizeof(keeps), deadline_ns);
    if (!err)
        err = read_all(fd, forecasts, forecasts_size(task), deadline_ns);
    if (!err) {
        free(task->forecasts);
        task->forecasts = forecasts;
        task->keeps = keeps;
    } else {
        free(forecasts);
    }
    return err;
}

static int take_answers(struct vf_plan *plan, int fd, int64_t deadline_ns)
{
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        if (!vf_forecast_is_probed(task))
            continue;
        err = take_answer(task, fd, deadline_ns);
        if (err == -ETIMEDOUT || err == -EPIPE)
            vf_log(VF_LOG_INFO, "%s: what it is going to send cannot be told before the start",
                   task->name);
    }
    return err;
}

static void end_process(pid_t child)
{
    int status;
    kill(child, SIGKILL); /* it has said all it will be heard with */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

int vf_forecast_probe(struct vf_plan *plan, int64_t limit_ns)
{
    int fds[2];
    size_t count = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        count += vf_forecast_is_probed(&plan->tasks[i]);
    if (!count)
        return VF_OK;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    int err = child < 0 ? -errno : VF_OK;
    if (child == 0)
        answer(plan, fds[1]);
    close(fds[1]);
    if (!err) {
        err = take_answers(plan, fds[0], vf_clock_now_ns() + limit_ns);
        end_process(child);
    }
    close(fds[0]);
    return err == -ENOMEM || child < 0 ? err : VF_OK;
}
