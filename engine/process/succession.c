/* SPDX-License-Identifier: MIT */
#include "engine/process/succession.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "engine/process/recovery.h"
#include "engine/process/worker.h"

/* Of the processes of a task, the last that runs its node is the one that is reported. */
static void begin_outcome(struct vf_task_outcome *outcome, pid_t pid, unsigned restarts)
{
    outcome->pid = pid;
    outcome->exit_status = -1;
    outcome->signal = 0;
    outcome->restarts = restarts;
}

/* Makes a list of the supervisor's descriptors that a worker has to close; -1: none. It is the
 * caller's; NULL: out of memory. */
static int *list_unwanted(const struct vf_engine *engine, size_t *count)
{
    size_t most =
        engine->plan->task_count + 4 + VF_CONTROL_POLLED + 2 * VF_VIEWERS_MOST + VF_OBSERVERS_MOST;
    int *unwanted = calloc(most, sizeof(*unwanted));
    if (!unwanted)
        return NULL;
    *count = 0;
    unwanted[(*count)++] = engine->signals.fd;
    unwanted[(*count)++] = engine->gate.ready_fds[0];
    unwanted[(*count)++] = engine->directory.lock;
    unwanted[(*count)++] = engine->service.fd;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        unwanted[(*count)++] = engine->workers[i].pidfd;
    *count += vf_control_list(engine->presence.control, unwanted + *count);
    *count += vf_viewers_list(&engine->viewers, unwanted + *count);
    *count += vf_observers_list(&engine->observers, unwanted + *count);
    return unwanted;
}

static struct vf_worker_spec spec_of(const struct vf_engine *engine, unsigned task)
{
    const struct vf_worker *worker = &engine->workers[task - 1];
    return (struct vf_worker_spec){
        .plan = engine->plan,
        .memory = engine->memory,
        .task = task,
        .process = worker->starts + 1,
        .address = &engine->address,
        .supervisor = getpid(),
        .ready_fd = engine->gate.ready_fds[1],
        .go_fd = engine->gate.go_fd,
        .must_not_replace = engine->settings.must_not_replace,
        .accepts_partial = engine->settings.accepts_partial,
        .begins_alone = engine->state != VF_ENGINE_STARTING,
        .is_resumed = engine->state != VF_ENGINE_STARTING && worker->starts > 0,
        .is_cleanup = worker->is_cleanup,
        .may_die =
            vf_recovery_may_restart(&engine->plan->tasks[task - 1].recovery, &worker->history),
        .failed_round = worker->history.failed_round,
        .skipped_round = worker->history.skipped_round,
        .skip_cause = worker->skip_cause,
        .dead_letter = engine->settings.dead_letter,
        .files = engine->files,
    };
}

/* No task may have more for itself. */
static uint64_t memory_of_machine(void)
{
    static uint64_t bytes;
    struct sysinfo machine;
    if (!bytes && sysinfo(&machine) == 0)
        bytes = (uint64_t)(machine.totalram + machine.totalswap) * machine.mem_unit;
    return bytes;
}

int vf_succession_start(struct vf_engine *engine, unsigned task)
{
    struct vf_worker *worker = &engine->workers[task - 1];
    struct vf_worker_spec spec = spec_of(engine, task);
    struct vf_sandbox *sandbox = NULL;
    int *unwanted = list_unwanted(engine, &spec.unwanted_count);
    if (!unwanted)
        return -ENOMEM;
    spec.unwanted = unwanted;
    int err = vf_confine_task(&sandbox, engine->plan, &engine->plan->tasks[task - 1],
                              &(struct vf_confinement_facts){.folder = engine->directory.path,
                                                             .dead_letter = spec.dead_letter,
                                                             .memory = memory_of_machine()});
    spec.sandbox = sandbox;
    if (!err && !worker->is_cleanup) /* which has to know how far the one before had come */
        err = vf_run_memory_begin(engine->memory, task);
    engine->start_moved_ns = engine->clock.now_ns;
    if (!err)
        err = vf_worker_start(worker, &spec, engine->plan->tasks[task - 1].gpu_id,
                              engine->clock.now_ns);
    worker->change = engine->changes;
    vf_sandbox_destroy(&sandbox);
    free(unwanted);
    if (!worker->pid)
        return err;
    engine->running++;
    vf_run_memory_tell_process(engine->memory, task, worker->pid);
    engine->lacks_pidfds |= worker->pidfd < 0;
    if (!worker->is_cleanup) {
        begin_outcome(&engine->outcomes[task - 1], worker->pid, worker->starts - 1);
        vf_run_memory_tell_restarts(engine->memory, task, worker->starts - 1);
    }
    return err;
}
