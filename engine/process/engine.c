/* SPDX-License-Identifier: MIT */
#include "engine/process/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "engine/account/ledger.h"
#include "engine/account/report_json.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/standard_streams.h"
#include "engine/process/engine_inside.h"
#include "engine/process/supervisor.h"
#include "engine/process/talk.h"
#include "engine/process/worker.h"
#include "engine/run/start_failure.h"
#include "engine/wire/guard/guard.h"

int vf_engine_create(struct vf_engine **engine, const struct vf_plan *plan,
                     const struct vf_engine_settings *settings)
{
    struct vf_engine *made = calloc(1, sizeof(*made));
    *engine = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->settings = *settings;
    made->directory.lock = -1;
    made->ready_fds[0] = made->ready_fds[1] = made->go_fd = made->signals.fd = -1;
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
    vf_signals_give_back(&gone->signals);
    vf_descriptor_limit_restore(&gone->files, 0);
    vf_run_memory_destroy(&gone->memory);
    vf_run_directory_remove(&gone->directory);
    free(gone->workers);
    free(gone->outcomes);
    free(gone);
    *engine = NULL;
}

/* Whether a worker that fails may leave it to a new one to try again. */
static bool may_be_replaced(const struct vf_engine *engine, unsigned task)
{
    const struct vf_recovery *recovery = &engine->plan->tasks[task - 1].recovery;
    return recovery->restart != VF_RESTART_NO &&
           engine->workers[task - 1].history.restarts < recovery->max_restarts;
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
    unwanted[count++] = engine->signals.fd;
    unwanted[count++] = engine->ready_fds[0];
    unwanted[count++] = engine->directory.lock;
    for (unsigned i = 0; i < engine->plan->task_count; i++)
        unwanted[count++] = engine->workers[i].pidfd;
    struct vf_worker_spec spec = {
        .plan = engine->plan,
        .memory = engine->memory,
        .task = task,
        .process = worker->starts + 1,
        .address = &engine->address,
        .supervisor = getpid(),
        .ready_fd = engine->ready_fds[1],
        .go_fd = engine->go_fd,
        .must_not_replace = engine->settings.must_not_replace,
        .is_resumed = engine->state != VF_ENGINE_STARTING,
        .is_cleanup = worker->is_cleanup,
        .may_die = may_be_replaced(engine, task),
        .failed_round = worker->history.failed_round,
        .skipped_round = worker->history.skipped_round,
        .skip_cause = worker->skip_cause,
        .dead_letter = engine->settings.dead_letter,
        .files = engine->files,
        .unwanted = unwanted,
        .unwanted_count = count,
    };
    if (!worker->is_cleanup) /* which has to know how far the one before had come */
        vf_run_memory_begin(engine->memory, task);
    const char *gpu_id = engine->plan->tasks[task - 1].gpu_id;
    pid_t pid = gpu_id ? vf_process_create_task_gpu(&spec, gpu_id) : vf_process_create_task(&spec);
    free(unwanted);
    if (pid < 0)
        return (int)pid;
    worker->pid = pid;
    worker->started_ns = worker->alive_seen_ns = engine->start_moved_ns = engine->clock.now_ns;
    worker->starts++;
    worker->is_hung = worker->is_ready = false;
    worker->start_err = VF_OK;
    if (!worker->is_cleanup)
        begin_outcome(&engine->outcomes[task - 1], pid, worker->starts - 1);
    engine->running++;
    worker->pidfd = pidfd_open(pid, 0);
    if (worker->pidfd >= 0)
        return VF_OK;
    engine->lacks_pidfds = errno == ENOSYS || errno == EPERM || errno == EACCES;
    return engine->lacks_pidfds ? VF_OK : -errno;
}

static int start_workers(struct vf_engine *engine)
{
    if (engine->address.directory)
        vf_wires_prepare();
    for (unsigned task = 1; task <= engine->plan->task_count; task++) {
        int err = vf_engine_start_worker(engine, task);
        if (err) {
            struct vf_start_attempt attempt = {
                .purpose = "start the process",
                .name = engine->plan->tasks[task - 1].name,
                .call = "fork",
                .descriptors = vf_run_memory_descriptors(engine->plan),
            };
            return vf_start_failure(&attempt, err);
        }
    }
    return VF_OK;
}

/* Lets the workers begin, all of which are ready. */
static int let_go(struct vf_engine *engine)
{
    uint64_t all = engine->plan->task_count;
    close_fd(&engine->ready_fds[0]);
    close_fd(&engine->ready_fds[1]);
    return write(engine->go_fd, &all, sizeof(all)) == (ssize_t)sizeof(all) ? VF_OK : -errno;
}

/* Makes what the sockets need, if there are any: a folder, and over TCP keys of this run's own. */
static int settle_address(struct vf_engine *engine)
{
    const struct vf_transport *transport = &engine->plan->transport;
    if (!vf_transport_has_sockets(transport))
        return VF_OK;
    int err = vf_run_directory_create(&engine->directory);
    engine->address.directory = engine->directory.path;
    if (err || transport->kind == VF_TRANSPORT_IPC)
        return err;
    engine->address.host = transport->host;
    engine->address.base = transport->base;
    if (transport->is_insecure)
        return VF_OK; /* said aloud by the check of the flow */
    engine->address.keys = &engine->keys;
    return vf_wire_guard_make_keys(&engine->keys);
}

static int fail(const struct vf_engine *engine, const char *purpose, const char *call, int err)
{
    struct vf_start_attempt attempt = {
        .purpose = purpose, .call = call, .descriptors = vf_run_memory_descriptors(engine->plan)};
    return vf_start_failure(&attempt, err);
}

/* Makes what the workers tell when they are ready, and are told when all are. */
static int prepare_start(struct vf_engine *engine)
{
    if (pipe2(engine->ready_fds, O_CLOEXEC) != 0)
        return fail(engine, "make a pipe for workers that are ready", "pipe2", -errno);
    engine->go_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    if (engine->go_fd < 0)
        return fail(engine, "let workers wait for each other", "eventfd", -errno);
    return VF_OK;
}

static int prepare(struct vf_engine *engine)
{
    vf_standard_streams_fill();
    vf_descriptor_limit_raise(&engine->files);
    int err = vf_signals_take(&engine->signals, engine->settings.handles_signals);
    if (err)
        return fail(engine, "hear signals", "signalfd", err);
    err = settle_address(engine);
    if (!err)
        err = vf_run_memory_create(&engine->memory, engine->plan);
    return err ? err : prepare_start(engine);
}

int vf_engine_allocate(struct vf_engine *engine)
{
    if (engine->state != VF_ENGINE_NEW)
        return -EALREADY;
    engine->state = VF_ENGINE_BROKEN; /* until it is whole */
    engine->started_ns = vf_clock_now_ns();
    vf_watch_clock_look(&engine->clock, engine->started_ns);
    int err = prepare(engine);
    if (!err) {
        engine->state = VF_ENGINE_STARTING;
        err = start_workers(engine);
    }
    if (!err)
        err = vf_supervisor_watch_start(engine);
    if (!err && !engine->is_called_off)
        err = let_go(engine);
    if (err) {
        vf_supervisor_clear(engine);
        engine->state = VF_ENGINE_BROKEN;
        return err;
    }
    engine->state = VF_ENGINE_RUNNING;
    return VF_OK;
}

int vf_engine_signal_termination(struct vf_engine *engine)
{
    if (engine->state == VF_ENGINE_NEW || engine->state == VF_ENGINE_BROKEN)
        return -EINVAL;
    if (engine->running)
        vf_supervisor_go_further(engine);
    return VF_OK;
}

/* Whether all that a task has counted is final: not of one that died, with whatever status, or was
 * halted, by whomever. */
static bool is_whole(const struct vf_engine *engine, const struct vf_task_outcome *outcome)
{
    const struct vf_task_page *page = vf_run_memory_page(engine->memory, outcome->task);
    bool is_halted =
        engine->course >= VF_COURSE_HALT || atomic_load(&page->heard_stop) >= VF_STOP_HALT;
    return !is_halted && outcome->has_finished && outcome->exit_status == 0;
}

/* Checks that every message is accounted for. What was halted or died need only be possible. */
static int check_ledger(struct vf_engine *engine)
{
    bool *whole = calloc(engine->plan->task_count, sizeof(*whole));
    if (!whole)
        return -ENOMEM;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        whole[i] = is_whole(engine, &engine->outcomes[i]);
    engine->is_unbalanced = vf_ledger_check(engine->plan, engine->memory, whole) > 0;
    free(whole);
    if (engine->is_unbalanced)
        vf_supervisor_fail(engine, VF_EXIT_INTERNAL);
    return VF_OK;
}

int vf_engine_join(struct vf_engine *engine, enum vf_exit_status *status)
{
    if (engine->state == VF_ENGINE_NEW || engine->state == VF_ENGINE_BROKEN)
        return -EINVAL;
    if (engine->state == VF_ENGINE_RUNNING) {
        int err = vf_supervisor_watch(engine);
        engine->ended_ns = vf_clock_now_ns();
        if (!err)
            err = check_ledger(engine);
        if (err)
            return err;
        if (!engine->is_called_off)
            vf_talk_rows(engine);
        engine->status = vf_supervisor_conclude(engine);
        vf_run_directory_remove(&engine->directory); /* before a signal can end this process */
        vf_signals_give_back(&engine->signals);
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
        .dropped_lines = vf_talk_count_dropped(engine),
    };
    return vf_report_json_write(path, &record);
}
