/* SPDX-License-Identifier: MIT */
#include "cmd/capacity_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "engine/base/text.h"
#include "engine/process/own_program.h"

#define STEP_NS (2 * VF_NS_PER_S) /* of stopping, between two requests */
#define HASTE_NS (VF_NS_PER_S / 2)
#define STEPS 3 /* what still runs then is killed */

/* What the copies are told, and when. */
struct stopping {
    int64_t next_ns, step_ns;
    int steps;
};

/* The command line of one copy, in fresh memory, which ends with NULL. */
static const char **make_arguments(const struct vf_capacity_streams *streams, const char *gpus,
                                   const char *report, const char *flow)
{
    static const char *const begin[] = {"vflow", "run", "--progress", "none", "--report"};
    size_t count = 0;
    const char **arguments =
        calloc(sizeof(begin) / sizeof(begin[0]) + streams->flag_count + 6, sizeof(*arguments));
    if (!arguments)
        return NULL;
    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        arguments[count++] = begin[i];
    arguments[count++] = report;
    for (size_t i = 0; i < streams->flag_count; i++)
        arguments[count++] = streams->flags[i];
    if (gpus)
        arguments[count++] = "--gpus";
    if (gpus)
        arguments[count++] = gpus;
    arguments[count++] = "--";
    arguments[count] = flow;
    return arguments;
}

static int start(const struct vf_capacity_streams *streams, struct vf_capacity_stream *stream,
                 struct vf_signals *signals)
{
    char *flow = vf_text_format("%s/flow.yaml", stream->folder);
    char *report = vf_text_format("%s/report.json", stream->folder);
    char *log = vf_text_format("%s/log", stream->folder);
    const char **arguments =
        flow && report && log ? make_arguments(streams, stream->gpus, report, flow) : NULL;
    int fd = arguments ? open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    int err = !arguments ? -ENOMEM : fd < 0 ? -errno : VF_OK;
    const struct vf_own_program program = {
        .words = arguments, .output = -1, .errors = fd, .extra = -1, .signals = signals};
    if (!err)
        err = vf_own_program_start(&program, &stream->pid);
    if (err)
        stream->pid = 0;
    if (fd >= 0)
        close(fd);
    free(arguments);
    free(flow);
    free(report);
    free(log);
    return err;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* Takes those that have ended. Returns how many still run. */
static size_t collect(struct vf_capacity_streams *streams)
{
    size_t running = 0;
    for (size_t i = 0; i < streams->count; i++) {
        struct vf_capacity_stream *stream = &streams->items[i];
        struct rusage usage;
        int status;
        if (!stream->pid)
            continue;
        if (wait4(stream->pid, &status, WNOHANG, &usage) == 0) {
            running++;
            continue;
        }
        stream->pid = 0;
        stream->status =
            WIFEXITED(status) ? WEXITSTATUS(status) : VF_EXIT_BY_SIGNAL + WTERMSIG(status);
        stream->processor_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
    }
    return running;
}

/* Asks all to stop: in order, at once, by force. */
static void stop_further(struct vf_capacity_streams *streams, struct stopping *stopping)
{
    bool is_last = stopping->steps++ >= STEPS;
    for (size_t i = 0; i < streams->count; i++) {
        pid_t pid = streams->items[i].pid;
        if (pid)
            kill(is_last ? -pid : pid, is_last ? SIGKILL : SIGTERM);
    }
    stopping->next_ns = vf_clock_now_ns() + stopping->step_ns;
}

/* Waits for a signal, or until the next step of stopping. */
static void await(const struct vf_signals *signals, const struct stopping *stopping)
{
    struct pollfd heard = {.fd = signals->fd, .events = POLLIN};
    int64_t left_ms = (stopping->next_ns - vf_clock_now_ns()) / VF_NS_PER_MS + 1;
    (void)poll(&heard, 1, left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms);
}

static int next_stop(const struct vf_signals *signals)
{
    int number;
    while ((number = vf_signals_next(signals)) == SIGUSR1 || number == SIGWINCH)
        ;
    return number;
}

int vf_capacity_run(struct vf_capacity_streams *streams, struct vf_signals *signals,
                    int64_t limit_ns, int *signal)
{
    struct stopping stopping = {.next_ns = vf_clock_now_ns() + limit_ns, .step_ns = STEP_NS};
    int err = VF_OK;
    *signal = 0;
    streams->was_stopped = false;
    for (size_t i = 0; i < streams->count && !err; i++)
        err = start(streams, &streams->items[i], signals);
    if (err)
        stop_further(streams, &stopping);
    while (collect(streams) > 0) {
        await(signals, &stopping);
        int number = next_stop(signals);
        bool is_first = number && !*signal;
        *signal = is_first ? number : *signal;
        stopping.step_ns = *signal ? HASTE_NS : STEP_NS;
        if (!is_first && vf_clock_now_ns() < stopping.next_ns)
            continue;
        streams->was_stopped = true;
        stop_further(streams, &stopping);
    }
    return err;
}
