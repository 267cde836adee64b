/* SPDX-License-Identifier: MIT */
#include "engine/process/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/process/engine_inside.h"
#include "engine/process/ledger.h"
#include "engine/process/report.h"
#include "engine/process/report_json.h"
#include "engine/process/supervisor.h"
#include "engine/process/task_process.h"
#include "engine/wire/wire_guard.h"

int vf_engine_create(struct vf_engine **engine, const struct vf_plan *plan,
                     const struct vf_engine_settings *settings)
{
    struct vf_engine *made = calloc(1, sizeof(*made));
    *engine = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->settings = *settings;
    made->ready_fds[0] = made->ready_fds[1] = made->go_fd = made->signal_fd = -1;
    made->workers = calloc(plan->task_count, sizeof(*made->workers));
    made->outcomes = calloc(plan->task_count, sizeof(*made->outcomes));
    if (!made->workers || !made->outcomes) {
        vf_engine_destroy(engine);
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->task_count; i++) {
        made->workers[i].pidfd = -1;
        made->outcomes[i] = (struct vf_task_outcome){
            .task = plan->tasks[i].id,
            .name = plan->tasks[i].name,
            .exit_status = -1,
            .reason = VF_END_FAILED,
        };
    }
    return VF_OK;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void restore_signals(struct vf_engine *engine)
{
    close_fd(&engine->signal_fd);
    if (engine->has_blocked_signals)
        sigprocmask(SIG_SETMASK, &engine->old_signals, NULL);
    engine->has_blocked_signals = false;
}

void vf_engine_destroy(struct vf_engine **engine)
{
    struct vf_engine *gone = *engine;
    if (!gone)
        return;
    if (gone->workers && gone->outcomes)
        vf_supervisor_clear(gone);
    close_fd(&gone->ready_fds[0]);
    close_fd(&gone->ready_fds[1]);
    close_fd(&gone->go_fd);
    restore_signals(gone);
    vf_run_memory_destroy(&gone->memory);
    vf_run_directory_remove(&gone->directory);
    free(gone->workers);
    free(gone->outcomes);
    free(gone);
    *engine = NULL;
}

static int block_signals(struct vf_engine *engine)
{
    sigset_t handled;
    if (!engine->settings.handles_signals)
        return VF_OK;
    sigemptyset(&handled);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGHUP);
    sigprocmask(SIG_BLOCK, &handled, &engine->old_signals);
    engine->has_blocked_signals = true;
    engine->signal_fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    return engine->signal_fd < 0 ? -errno : VF_OK;
}

/* Whether a worker that fails may leave it to a new one to try again. */
static bool may_be_replaced(const struct vf_engine *engine, unsigned task)
{
    const struct vf_recovery *recovery = &engine->plan->tasks[task - 1].recovery;
    return recovery->restart != VF_RESTART_NO &&
           engine->workers[task - 1].restarts < recovery->max_restarts;
}

/* Of the processes of a task, the last that runs its node is the one that is told of. */
static void begin_outcome(struct vf_task_outcome *outcome, pid_t pid, unsigned restarts)
{
    outcome->pid = pid;
    outcome->exit_status = -1;
    outcome->signal = 0;
    outcome->restarts = restarts;
}

int vf_engine_start_worker(struct vf_engine *engine, unsigned task)
{
    struct vf_worker *worker = &engine->workers[task - 1];
    int *unwanted = calloc(engine->plan->task_count + 3, sizeof(*unwanted));
    if (!unwanted)
        return -ENOMEM;
    size_t count = 0;
    unwanted[count++] = engine->signal_fd;
    unwanted[count++] = engine->ready_fds[0];
    unwanted[count++] = engine->directory.lock;
    for (unsigned i = 0; i < engine->plan->task_count; i++)
        unwanted[count++] = engine->workers[i].pidfd;
    struct vf_task_order order = {
        .plan = engine->plan,
        .memory = engine->memory,
        .task = task,
        .process = worker->starts + 1,
        .address = &engine->address,
        .supervisor = getpid(),
        .ready_fd = engine->ready_fds[1],
        .go_fd = engine->go_fd,
        .must_not_replace = engine->settings.must_not_replace,
        .is_resumed = worker->starts > 0,
        .is_burial = worker->is_burial,
        .may_die = may_be_replaced(engine, task),
        .failed_round = worker->failed_round,
        .skipped_round = worker->skipped_round,
        .skip_cause = worker->skip_cause,
        .dead_letter = engine->settings.dead_letter,
        .unwanted = unwanted,
        .unwanted_count = count,
    };
    const char *gpu_id = engine->plan->tasks[task - 1].gpu_id;
    pid_t pid =
        gpu_id ? vf_process_create_task_gpu(&order, gpu_id) : vf_process_create_task(&order);
    free(unwanted);
    if (pid < 0)
        return (int)pid;
    worker->pid = pid;
    worker->started_ns = vf_clock_now_ns();
    worker->starts++;
    worker->is_hung = false;
    if (!worker->is_burial)
        begin_outcome(&engine->outcomes[task - 1], pid, worker->starts - 1);
    engine->running++;
    worker->pidfd = pidfd_open(pid, 0);
    return worker->pidfd < 0 ? -errno : VF_OK;
}

static int start_workers(struct vf_engine *engine)
{
    if (engine->address.directory)
        vf_wires_prepare();
    for (unsigned task = 1; task <= engine->plan->task_count; task++) {
        int err = vf_engine_start_worker(engine, task);
        if (err) {
            vf_log(VF_LOG_ERROR, "cannot start a process for %s: %s",
                   engine->plan->tasks[task - 1].name, strerror(-err));
            return err;
        }
    }
    close_fd(&engine->ready_fds[1]); /* so that the pipe ends with the last worker */
    return VF_OK;
}

/* Waits until every worker has reported. One that dies leaves the pipe open only in the others,
 * who stay: so the pidfds are watched as well. */
static int wait_until_ready(struct vf_engine *engine)
{
    size_t tasks = engine->plan->task_count;
    struct pollfd *fds = calloc(tasks + 1, sizeof(*fds));
    int err = fds ? VF_OK : -ENOMEM;
    for (size_t ready = 0; !err && ready < tasks;) {
        fds[0] = (struct pollfd){.fd = engine->ready_fds[0], .events = POLLIN};
        for (size_t i = 0; i < tasks; i++)
            fds[i + 1] = (struct pollfd){.fd = engine->workers[i].pidfd, .events = POLLIN};
        if (poll(fds, tasks + 1, -1) < 0 && errno != EINTR)
            err = -errno;
        struct vf_readiness readiness;
        if (fds[0].revents && read(engine->ready_fds[0], &readiness, sizeof(readiness)) ==
                                  (ssize_t)sizeof(readiness)) {
            err = readiness.err;
            ready++;
            continue;
        }
        for (size_t i = 0; !err && i < tasks; i++) {
            if (!fds[i + 1].revents)
                continue;
            vf_log(VF_LOG_ERROR, "%s died before it was ready", engine->plan->tasks[i].name);
            err = -ECHILD;
        }
    }
    free(fds);
    return err;
}

/* Says where the sockets are, if there are any. Over TCP every run has keys of its own. */
static int settle_address(struct vf_engine *engine)
{
    const struct vf_transport *transport = &engine->plan->transport;
    if (transport->kind == VF_TRANSPORT_IPC)
        return VF_OK;
    engine->address.directory = engine->directory.path;
    engine->address.host = transport->host;
    engine->address.base = transport->base;
    if (transport->is_insecure)
        return VF_OK; /* said aloud by the check of the flow */
    engine->address.keys = &engine->keys;
    return vf_wire_guard_make_keys(&engine->keys);
}

/* Where it is closed, nothing of ours may take its place: workers would read it, or close it. */
static void fill_standard_input(void)
{
    if (fcntl(STDIN_FILENO, F_GETFD) >= 0)
        return;
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > STDIN_FILENO) /* a closed one has the lowest number */
        close(nothing);
}

static int prepare(struct vf_engine *engine)
{
    fill_standard_input();
    int err = vf_run_directory_create(&engine->directory);
    if (!err)
        err = settle_address(engine);
    if (!err)
        err = vf_run_memory_create(&engine->memory, engine->plan);
    if (!err)
        err = block_signals(engine);
    if (!err && pipe2(engine->ready_fds, O_CLOEXEC) != 0)
        err = -errno;
    if (!err)
        engine->go_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    return !err && engine->go_fd < 0 ? -errno : err;
}

int vf_engine_allocate(struct vf_engine *engine)
{
    if (engine->state != VF_ENGINE_NEW)
        return -EALREADY;
    engine->state = VF_ENGINE_BROKEN; /* until it is whole */
    engine->started_ns = vf_clock_now_ns();
    int err = prepare(engine);
    if (!err)
        err = start_workers(engine);
    if (!err)
        err = wait_until_ready(engine);
    uint64_t all = engine->plan->task_count;
    if (!err && write(engine->go_fd, &all, sizeof(all)) != (ssize_t)sizeof(all))
        err = -errno;
    if (err)
        vf_supervisor_clear(engine);
    else
        engine->state = VF_ENGINE_RUNNING;
    return err;
}

int vf_engine_signal_termination(struct vf_engine *engine)
{
    if (engine->state == VF_ENGINE_NEW || engine->state == VF_ENGINE_BROKEN)
        return -EINVAL;
    if (engine->running)
        vf_supervisor_go_further(engine);
    return VF_OK;
}

/* Checks that every message is accounted for. What was halted or died need only be possible. */
static int check_ledger(struct vf_engine *engine)
{
    bool *is_whole = calloc(engine->plan->task_count, sizeof(*is_whole));
    if (!is_whole)
        return -ENOMEM;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        is_whole[i] = engine->course <= VF_COURSE_DRAIN && engine->outcomes[i].exit_status == 0;
    engine->is_unbalanced = vf_ledger_check(engine->plan, engine->memory, is_whole) > 0;
    free(is_whole);
    if (engine->is_unbalanced)
        vf_supervisor_fail(engine, VF_EXIT_INTERNAL);
    return VF_OK;
}

static void tell_rows(const struct vf_engine *engine)
{
    if (engine->settings.talk == VF_TALK_PROGRESS)
        vf_report_clear_progress(stderr);
    if (engine->settings.talk != VF_TALK_NOTHING)
        vf_report_rows(stderr, engine->plan, engine->memory, engine->outcomes, engine->started_ns);
}

int vf_engine_join(struct vf_engine *engine, enum vf_exit_status *status)
{
    if (engine->state == VF_ENGINE_NEW || engine->state == VF_ENGINE_BROKEN)
        return -EINVAL;
    if (engine->state == VF_ENGINE_RUNNING) {
        int err = vf_supervisor_watch(engine);
        restore_signals(engine);
        engine->ended_ns = vf_clock_now_ns();
        if (!err)
            err = check_ledger(engine);
        if (err)
            return err;
        tell_rows(engine);
        engine->status = vf_supervisor_conclude(engine);
        engine->state = VF_ENGINE_OVER;
    }
    *status = engine->status;
    return VF_OK;
}

const struct vf_task_outcome *vf_engine_outcomes(const struct vf_engine *engine, size_t *count)
{
    *count = engine->plan->task_count;
    return engine->outcomes;
}

int vf_engine_report(const struct vf_engine *engine, const char *path, enum vf_exit_status status)
{
    int64_t now_ns = vf_clock_now_ns();
    struct vf_run_record record = {
        .plan = engine->plan,
        .memory = engine->memory,
        .outcomes = engine->outcomes,
        .started_ns = engine->started_ns ? engine->started_ns : now_ns,
        .ended_ns = engine->ended_ns ? engine->ended_ns : now_ns,
        .status = status,
        .is_balanced = !engine->is_unbalanced,
    };
    return vf_report_json_write(path, &record);
}
