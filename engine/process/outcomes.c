/* SPDX-License-Identifier: MIT */
#include "engine/process/outcomes.h"

#include <sys/wait.h>

#include "engine/account/report.h"
#include "engine/base/clock.h"

static const struct vf_task_page *page_of(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_page(engine->memory, (unsigned)task + 1);
}

/* The frame in work, or the one that a producer was making; of a task that has finished, the
 * last. */
static uint64_t frame_of(const struct vf_engine *engine, size_t task, bool has_finished)
{
    bool is_producer = engine->plan->tasks[task].node->kind == VF_PRODUCER;
    return atomic_load(&page_of(engine, task)->frame) + (is_producer && !has_finished);
}

static int64_t nanoseconds_of(const struct timeval *time)
{
    return time->tv_sec * VF_NS_PER_S + time->tv_usec * VF_NS_PER_US;
}

static void note_usage(struct vf_task_outcome *outcome, const struct rusage *usage)
{
    uint64_t peak_bytes = (uint64_t)usage->ru_maxrss * 1024;
    outcome->cpu_ns += nanoseconds_of(&usage->ru_utime) + nanoseconds_of(&usage->ru_stime);
    outcome->peak_bytes = peak_bytes > outcome->peak_bytes ? peak_bytes : outcome->peak_bytes;
}

void vf_outcome_note(struct vf_engine *engine, size_t task, int wait_status,
                     const struct rusage *usage)
{
    const struct vf_task_page *page = page_of(engine, task);
    struct vf_task_outcome *outcome = &engine->outcomes[task];
    note_usage(outcome, usage);
    if (engine->workers[task].is_cleanup)
        return;
    if (WIFSIGNALED(wait_status))
        outcome->signal = WTERMSIG(wait_status);
    else
        outcome->exit_status = WEXITSTATUS(wait_status);
    outcome->has_finished = atomic_load(&page->state) == VF_TASK_ENDED;
    outcome->frame = frame_of(engine, task, outcome->has_finished);
    if (outcome->has_finished)
        outcome->reason = atomic_load(&page->end_reason);
}

bool vf_outcome_is_whole(const struct vf_engine *engine, const struct vf_task_outcome *outcome)
{
    const struct vf_task_page *page = page_of(engine, outcome->task - 1);
    bool is_halted =
        engine->course >= VF_COURSE_HALT || atomic_load(&page->heard_stop) >= VF_STOP_HALT;
    return !is_halted && outcome->has_finished && outcome->exit_status == 0;
}

enum vf_exit_status vf_outcome_of_run(const struct vf_engine *engine)
{
    if (engine->course == VF_COURSE_KILL && !engine->is_called_off)
        return VF_EXIT_KILLED;
    if (engine->failure != VF_EXIT_OK)
        return engine->failure;
    if (vf_report_unkept(engine->plan, engine->memory))
        return VF_EXIT_OUTPUT_FAILED;
    if (engine->signal)
        return (enum vf_exit_status)(VF_EXIT_BY_SIGNAL + engine->signal);
    if (vf_report_errors(engine->plan, engine->memory) > engine->settings.max_errors)
        return VF_EXIT_BAD_INPUT;
    return VF_EXIT_OK;
}
