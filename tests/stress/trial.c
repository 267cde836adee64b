/* SPDX-License-Identifier: MIT */
#include "tests/stress/trial.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/flow/file/load.h"
#include "tests/stress/chance.h"
#include "tests/stress/draw.h"
#include "tests/stress/nodes.h"
#include "tests/stress/patience.h"
#include "tests/stress/supervisor.h"

#define LIMIT_NS (60 * VF_NS_PER_S)
#define LAST_WORDS_NS (3 * VF_NS_PER_S) /* for a report, once the limit is over */
#define LATEST_STOP_US 400000

void trial_complain(struct trial *trial, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&trial->complaints, format, arguments);
    va_end(arguments);
    vf_text_append(&trial->complaints, "\n", 1);
}

static int load_flow(const struct sketch *sketch, struct vf_text *text, struct vf_flow **flow,
                     struct vf_diagnostics *mistakes)
{
    struct vf_flow_request request = {.file = "random.yaml"};
    *flow = NULL;
    sketch_print(text, sketch);
    if (text->failed)
        return -ENOMEM;
    return vf_flow_load_text(&request, text->bytes, text->length, &stress_nodes, mistakes, flow);
}

/* Groups that vflow refuses are not kept. */
static void draw_groups(struct sketch *sketch)
{
    struct chance chance = {chance_mix(sketch->seed, 3)};
    unsigned groups = chance_is(&chance, 35) ? 6 : 0;
    for (unsigned group = 1; group <= groups; group++) {
        struct sketch grouped = *sketch;
        struct vf_text text = {0};
        struct vf_diagnostics mistakes = {0};
        struct vf_flow *flow = NULL;
        if (draw_group(&grouped, group) && load_flow(&grouped, &text, &flow, &mistakes) == VF_OK)
            *sketch = grouped;
        vf_flow_destroy(&flow);
        vf_diagnostics_finish(&mistakes);
        vf_text_finish(&text);
    }
}

/* A random flow has to be one that vflow accepts. */
static int plan_flow(struct trial *trial)
{
    struct vf_diagnostics mistakes = {0};
    struct vf_flow *flow;
    int err = load_flow(&trial->sketch, &trial->flow, &flow, &mistakes);
    for (size_t i = 0; err && i < mistakes.count; i++)
        trial_complain(trial, "refused at line %u: %s", mistakes.items[i].place.line,
                       mistakes.items[i].message);
    vf_diagnostics_finish(&mistakes);
    if (!err)
        err = vf_plan_create(&trial->plan, flow, &stress_nodes);
    vf_flow_destroy(&flow);
    return trial->complaints.length ? VF_OK : err;
}

static void draw_stops(struct trial *trial)
{
    struct chance chance = {chance_mix(trial->sketch.seed, 2)};
    trial->stops = chance_is(&chance, 60) ? 1 : chance_between(&chance, 2, TRIAL_MAX_STOPS);
    for (unsigned i = 0; i < trial->stops; i++) {
        unsigned latest = i ? LATEST_STOP_US / 4 : LATEST_STOP_US;
        trial->stop_after_ns[i] = (int64_t)chance_below(&chance, latest) * 1000;
    }
}

/* Returns whether the process ended within the time. */
static bool has_ended(int pidfd, int64_t within_ns)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    struct timespec rest = {within_ns / VF_NS_PER_S, within_ns % VF_NS_PER_S};
    return ppoll(&poller, 1, &rest, NULL) > 0;
}

/* Stops the run as was drawn, and in the end by force. */
static void watch(struct trial *trial, int pidfd)
{
    for (unsigned i = 0; i < trial->stops; i++) {
        if (has_ended(pidfd, trial->stop_after_ns[i]))
            return;
        pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
        trial->stopped++;
    }
    if (has_ended(pidfd, patience_extend(LIMIT_NS)))
        return;
    trial->is_too_late = true;
    pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
    if (has_ended(pidfd, patience_extend(LAST_WORDS_NS)))
        return;
    pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
    if (!has_ended(pidfd, patience_extend(LAST_WORDS_NS)))
        pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
}

static int run(struct trial *trial)
{
    pid_t supervisor = supervisor_fork(trial->plan, trial->directory);
    if (supervisor < 0)
        return (int)supervisor;
    int pidfd = pidfd_open(supervisor, 0);
    if (pidfd < 0)
        return -errno;
    watch(trial, pidfd);
    close(pidfd);
    while (waitpid(supervisor, &trial->wait_status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return VF_OK;
}

int trial_run(struct trial *trial, uint64_t seed, const char *directory,
              const struct trial_order *order)
{
    *trial = (struct trial){.directory = directory};
    draw_sketch(&trial->sketch, seed, order->is_hasty);
    trial->sketch.tcp_base = order->tcp_base;
    if (order->transport)
        trial->sketch.transport = *order->transport;
    if (order->is_stopping)
        draw_stops(trial);
    draw_groups(&trial->sketch);
    int err = plan_flow(trial);
    if (!err && trial->plan)
        err = run(trial);
    if (!err && trial->plan)
        trial_judge(trial);
    return trial->complaints.failed ? -ENOMEM : err;
}

void trial_finish(struct trial *trial)
{
    vf_plan_destroy(&trial->plan);
    vf_text_finish(&trial->flow);
    vf_text_finish(&trial->complaints);
}
