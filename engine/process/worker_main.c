/* SPDX-License-Identifier: MIT */
#include "engine/process/worker_main.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/descriptors.h"
#include "engine/base/error_output.h"
#include "engine/base/failpoint.h"
#include "engine/base/instruments.h"
#include "engine/base/log.h"
#include "engine/process/gpu_sight.h"
#include "engine/process/signals.h"
#include "engine/run/start_failure.h"
#include "engine/task/task.h"

#define FILES_A_NEIGHBOUR 4 /* a doorbell, and what a socket takes */
#define FILES_ELSE 256      /* for the node, and libraries */
#define THREADS_FOR_SOCKETS 2

/* Standard input belongs to the task that reads it, if one does; nobody else takes bytes away. */
static void settle_input(const struct vf_plan_task *task)
{
    if (!task->group && vf_option_reads_standard_input(&task->node->options, task->options))
        return;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0)
        return;
    dup2(nothing, STDIN_FILENO);
    if (nothing != STDIN_FILENO)
        close(nothing);
}

static void settle_process(const struct vf_worker_spec *spec)
{
    char name[16]; /* as much as the kernel keeps */
    const char *task = spec->plan->tasks[spec->task - 1].name;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != spec->supervisor)
        vf_leave(VF_EXIT_INTERNAL); /* it died before anything could be said to it */
    vf_signals_leave();
    settle_input(&spec->plan->tasks[spec->task - 1]);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    snprintf(name, sizeof(name), "vflow:%.9s", task);
    prctl(PR_SET_NAME, name);
    vf_log_set_name(task);
    VF_FAILPOINT_BEGIN(task, spec->process);
    vf_descriptors_close(spec->unwanted, spec->unwanted_count);
}

/* Of one that begins together with all the others. */
static void report_ready(const struct vf_worker_spec *spec, int err)
{
    if (spec->begins_alone)
        return;
    struct vf_readiness readiness = {.task = spec->task, .pid = getpid(), .err = err};
    ssize_t written;
    do
        written = write(spec->ready_fd, &readiness, sizeof(readiness));
    while (written < 0 && errno == EINTR);
    close(spec->ready_fd);
}

static void wait_for_go(const struct vf_worker_spec *spec)
{
    uint64_t one;
    if (spec->begins_alone)
        return;
    while (read(spec->go_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    close(spec->go_fd);
}

static enum vf_exit_status execute(const struct vf_worker_spec *spec,
                                   const struct vf_task_wires *wires,
                                   struct vf_messenger *messenger)
{
    const struct vf_plan_task *task = &spec->plan->tasks[spec->task - 1];
    struct vf_task_settings settings = {
        .node = task->node,
        .options = task->options,
        .name = task->name,
        .is_connected = task->is_connected,
        .input_ports = task->input_ports,
        .input_names = (const char *const *)task->input_names,
        .threads = task->threads,
        .keeps = task->keeps,
        .part = spec->plan->part,
        .wishes = task->wishes,
        .wish_count = task->wish_count,
        .is_realtime = spec->plan->mode == VF_MODE_REALTIME,
        .may_lack = task->latest.may_lack,
        .must_not_replace = spec->must_not_replace,
        .accepts_partial = spec->accepts_partial,
        .is_confined = spec->sandbox && vf_sandbox_is_on(spec->sandbox),
        .may_die = spec->may_die,
        .starts_over = task->recovery.restart == VF_RESTART_ALWAYS,
        .start_over_ns = task->recovery.backoff_ns,
        .skips = task->recovery.on_error == VF_ON_ERROR_SKIP,
        .failed_round = spec->failed_round,
        .skipped_round = spec->skipped_round,
        .skip_cause = spec->skip_cause,
        .dead_letter = spec->dead_letter,
    };
    if (vf_messenger_connect(messenger) < 0)
        return VF_EXIT_INTERNAL;
    if (vf_confine_calls(spec->sandbox, task, &wires->page->refused_call) < 0)
        return VF_EXIT_INTERNAL;
    if (spec->is_cleanup)
        return vf_task_close_out(wires, messenger);
    return vf_task_execute(&settings, wires, messenger);
}

/* Most libraries have learned poll(2); a node of one that has not gets the limit that it knows. */
static void settle_files(const struct vf_worker_spec *spec)
{
    const struct vf_plan_task *task = &spec->plan->tasks[spec->task - 1];
    struct vf_descriptor_limit files = spec->files;
    size_t neighbours = task->in_count + task->out_count;
    vf_descriptor_limit_restore(&files, neighbours * FILES_A_NEIGHBOUR + FILES_ELSE);
}

static void *wait_for_lock(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

/* ZeroMQ aborts the process when it cannot have its threads. */
static int check_threads(void)
{
    static const struct vf_start_attempt attempt = {.purpose = "start the threads for sockets",
                                                    .call = "clone"};
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREADS_FOR_SOCKETS];
    size_t count = 0;
    int err = 0;
    pthread_mutex_lock(&lock);
    while (!err && count < THREADS_FOR_SOCKETS) {
        err = pthread_create(&threads[count], NULL, wait_for_lock, &lock);
        count += err == 0;
    }
    pthread_mutex_unlock(&lock);
    while (count)
        pthread_join(threads[--count], NULL);
    return err ? vf_start_failure(&attempt, -err) : VF_OK;
}

/* Enters the task's memory and binds its sockets. */
static int prepare(const struct vf_worker_spec *spec, struct vf_task_wires *wires,
                   struct vf_messenger **messenger)
{
    int err = vf_confine_places(spec->sandbox, &spec->plan->tasks[spec->task - 1]);
    if (!err)
        err = vf_run_memory_enter(spec->memory, spec->task, wires);
    if (!err)
        vf_error_output_count_in(&wires->page->dropped_lines);
    bool has_sockets = vf_plan_task_has_sockets(spec->plan, &spec->plan->tasks[spec->task - 1]);
    if (has_sockets)
        wires->address = *spec->address;
    wires->is_resumed = spec->is_resumed;
    wires->process = spec->process;
    if (err)
        return err;
    settle_files(spec);
    if (has_sockets)
        err = check_threads();
    if (err)
        return err;
    mode_t mask = umask(S_IRWXG | S_IRWXO); /* sockets and keys are this user's, whatever it is */
    err = vf_messenger_create(messenger, wires);
    umask(mask);
    return err;
}

/* The environment comes first, so that no library has looked at it yet. */
static enum vf_exit_status execute_with(const struct vf_worker_spec *spec, const char *gpu_id)
{
    struct vf_task_wires wires = {0};
    struct vf_messenger *messenger = NULL;
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    int err = vf_gpu_sight_set(gpu_id);
    settle_process(spec);
    if (!err)
        err = prepare(spec, &wires, &messenger);
    if (err)
        vf_log(VF_LOG_ERROR, "cannot start: %s", strerror(-err));
    report_ready(spec, err);
    if (!err) {
        wait_for_go(spec);
        status = execute(spec, &wires, messenger);
    }
    vf_messenger_destroy(&messenger);
    vf_run_memory_leave(spec->memory, &wires);
    return status;
}

enum vf_exit_status vf_task_executor(const struct vf_worker_spec *spec)
{
    return execute_with(spec, "");
}

enum vf_exit_status vf_task_executor_gpu(const struct vf_worker_spec *spec, const char *gpu_id)
{
    return execute_with(spec, gpu_id);
}
