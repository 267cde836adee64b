/* SPDX-License-Identifier: MIT */
#include "tests/stress/soak.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/flow/file/load.h"
#include "tests/stress/folder.h"
#include "tests/stress/patience.h"
#include "tests/stress/soak_flow.h"
#include "tests/stress/supervisor.h"

#define LOOK_EVERY_NS (200 * VF_NS_PER_MS)
#define LAST_WORDS_NS (60 * VF_NS_PER_S) /* to end in, once asked to stop */
#define NS_PER_MINUTE (60 * VF_NS_PER_S)

/* Realtime has one of so many frames and of so many minutes, but enough to tell something. */
#define SHORTER 20
#define LEAST_FRAMES 20000
#define LEAST_NS (20 * VF_NS_PER_S)

void soak_complain(struct soak *soak, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&soak->complaints, format, arguments);
    va_end(arguments);
    vf_text_append(&soak->complaints, "\n", 1);
}

static int plan_flow(struct soak *soak)
{
    struct vf_flow_request request = {.file = "soak.yaml"};
    struct vf_diagnostics mistakes = {0};
    struct vf_text text = {0};
    struct vf_flow *flow = NULL;
    soak_flow_print(&text, soak->mode, soak->frames);
    int err = text.failed ? -ENOMEM
                          : vf_flow_load_text(&request, text.bytes, text.length, &soak_nodes,
                                              &mistakes, &flow);
    for (size_t i = 0; err && i < mistakes.count; i++)
        soak_complain(soak, "refused at line %u: %s", mistakes.items[i].place.line,
                      mistakes.items[i].message);
    if (!err)
        err = vf_plan_create(&soak->plan, flow, &soak_nodes);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&mistakes);
    vf_text_finish(&text);
    return err;
}

/* Returns whether the process ended before the next look is due. */
static bool has_ended(int pidfd)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    struct timespec rest = {0, LOOK_EVERY_NS};
    return ppoll(&poller, 1, &rest, NULL) > 0;
}

/* Looks at the run until it ends, by itself or because its time is over. */
static void watch(struct soak *soak, pid_t supervisor, int pidfd)
{
    int64_t started_ns = vf_clock_now_ns();
    while (!has_ended(pidfd)) {
        int64_t since_ns = vf_clock_now_ns() - started_ns;
        int err = VF_OK;
        if (!soak->is_stopped && since_ns >= soak->limit_ns) {
            pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
            soak->is_stopped = true;
        } else if (!soak->is_killed &&
                   since_ns >= soak->limit_ns + patience_extend(LAST_WORDS_NS)) {
            pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
            soak->is_killed = true;
        } else if (!soak->is_stopped) {
            err = soak_watch_look(&soak->watch, supervisor, soak->plan->task_count);
        }
        if (!err)
            continue;
        soak_complain(soak, "cannot see what the processes use: %s", strerror(-err));
        soak->limit_ns = 0;
    }
    soak->took_ns = vf_clock_now_ns() - started_ns;
}

static int run_flow(struct soak *soak)
{
    int err = plan_flow(soak);
    if (err)
        return err;
    pid_t supervisor = supervisor_fork(soak->plan, soak->directory);
    if (supervisor < 0)
        return (int)supervisor;
    int pidfd = pidfd_open(supervisor, 0);
    if (pidfd < 0)
        return -errno;
    watch(soak, supervisor, pidfd);
    close(pidfd);
    while (waitpid(supervisor, &soak->wait_status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return VF_OK;
}

static void print_failure(const struct soak *soak)
{
    struct vf_text log = {0};
    folder_print_log(&log, soak->directory);
    printf("%s%swhat it left is in %s\n", soak->complaints.bytes ? soak->complaints.bytes : "",
           log.bytes ? log.bytes : "", soak->directory);
    vf_text_finish(&log);
}

/* Returns whether the part has passed. */
static bool run_part(struct soak *soak)
{
    char directory[] = "/tmp/vflow-soak-XXXXXX";
    if (!mkdtemp(directory)) {
        perror("stress: cannot make a folder in /tmp");
        return false;
    }
    soak->directory = directory;
    int err = run_flow(soak);
    if (err)
        soak_complain(soak, "the flow could not be tried: %s", strerror(-err));
    else
        soak_judge(soak);
    bool has_passed = !soak->complaints.length && !soak->complaints.failed;
    printf("%s", soak->table.bytes ? soak->table.bytes : "");
    if (has_passed)
        folder_remove(directory);
    else
        print_failure(soak);
    fflush(stdout);
    vf_plan_destroy(&soak->plan);
    soak_watch_finish(&soak->watch);
    vf_text_finish(&soak->table);
    vf_text_finish(&soak->complaints);
    return has_passed;
}

unsigned soak_run(const struct soak_orders *orders)
{
    int64_t limit_ns = (int64_t)orders->minutes * NS_PER_MINUTE;
    struct soak batch = {
        .mode = VF_MODE_BATCH,
        .frames = orders->frames,
        .limit_ns = limit_ns,
    };
    struct soak realtime = {
        .mode = VF_MODE_REALTIME,
        .frames = orders->frames / SHORTER,
        .limit_ns = limit_ns / SHORTER,
    };
    if (realtime.frames < LEAST_FRAMES)
        realtime.frames = LEAST_FRAMES;
    if (realtime.limit_ns < LEAST_NS)
        realtime.limit_ns = LEAST_NS;
    unsigned failed = !run_part(&batch);
    return failed + !run_part(&realtime);
}
