/* SPDX-License-Identifier: MIT */
#include "engine/process/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/account/report.h"
#include "engine/account/standstill.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/journal/journal.h"
#include "engine/process/change.h"
#include "engine/process/confinement.h"
#include "engine/process/engine_inside.h"
#include "engine/process/hosts.h"
#include "engine/process/life.h"
#include "engine/process/news.h"
#include "engine/process/outcomes.h"
#include "engine/process/recovery.h"
#include "engine/process/renewal.h"
#include "engine/process/samples.h"
#include "engine/process/succession.h"
#include "engine/process/talk.h"
#include "engine/process/trouble.h"
#include "engine/process/worker.h"
#include "engine/run/start_failure.h"
#include "engine/sandbox/rules.h"

#define COLLECT_MS 50
#define RENEWAL_MS 5

static const struct vf_task_page *page_of(const struct vf_engine *engine, size_t task)
{
    return vf_run_memory_page(engine->memory, (unsigned)task + 1);
}

static const struct vf_recovery *rules_of(const struct vf_engine *engine, size_t task)
{
    return &engine->plan->tasks[task].recovery;
}

/* Waits for a worker that has ended, or is about to; with WNOHANG, returns false when it has
 * not. */
static bool collect(struct vf_engine *engine, size_t task, int options)
{
    int wait_status;
    struct rusage usage;
    if (!vf_worker_collect(&engine->workers[task], options, &wait_status, &usage))
        return false;
    vf_run_memory_tell_process(engine->memory, (unsigned)task + 1, 0);
    vf_outcome_note(engine, task, wait_status, &usage);
    engine->running--;
    return true;
}

static bool is_own_child(const struct vf_engine *engine, pid_t pid)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid == pid)
            return true;
    }
    return false;
}

static void kill_all(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++)
        vf_worker_kill(&engine->workers[i]);
}

void vf_supervisor_clear(struct vf_engine *engine)
{
    kill_all(engine);
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid)
            (void)collect(engine, i, 0);
    }
}

void vf_supervisor_init_task(struct vf_engine *engine, const struct vf_plan_task *task)
{
    engine->workers[task->id - 1] = (struct vf_worker){.pidfd = -1};
    engine->outcomes[task->id - 1] = (struct vf_task_outcome){
        .task = task->id, .name = task->name, .exit_status = -1, .reason = VF_END_FAILED};
}

static int start_all(struct vf_engine *engine)
{
    for (unsigned task = 1; task <= engine->plan->task_count; task++) {
        if (!vf_plan_is_here(engine->plan, &engine->plan->tasks[task - 1]))
            continue;
        int err = vf_succession_start(engine, task);
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

int vf_supervisor_start(struct vf_engine *engine)
{
    if (engine->address.directory)
        vf_wires_prepare();
    vf_rules_open();
    int err = start_all(engine);
    vf_rules_close();
    return err;
}

/* Asks the tasks among `part` to stop, each at the level that it heeds; NULL: all. */
static void request_stop(struct vf_engine *engine, enum vf_stop_level level, const bool *part)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (part ? part[i] : vf_news_heeds(engine, i, level))
            vf_run_memory_stop(engine->memory, (unsigned)i + 1, level);
    }
}

/* Goes one step further than the run has been stopped so far. */
static void take_course(struct vf_engine *engine, enum vf_course course)
{
    engine->course = course;
    vf_run_memory_tell_state(engine->memory, VF_RUN_STOPPING);
    engine->deadline_ns = engine->clock.now_ns + engine->settings.grace_ns;
    if (course == VF_COURSE_DRAIN)
        request_stop(engine, VF_STOP_DRAIN, NULL);
    else if (course == VF_COURSE_HALT)
        request_stop(engine, engine->is_aborting ? VF_STOP_ABORT : VF_STOP_HALT, NULL);
    else
        kill_all(engine);
}

void vf_supervisor_go_further(struct vf_engine *engine)
{
    if (engine->course < VF_COURSE_KILL)
        take_course(engine, engine->course + 1);
}

void vf_supervisor_fail(struct vf_engine *engine, enum vf_exit_status status)
{
    if (engine->failure == VF_EXIT_OK)
        engine->failure = status;
}

/* Ends the flow at once: nothing that is written is whole. */
static void abort_run(struct vf_engine *engine)
{
    engine->is_aborting = true;
    if (engine->course < VF_COURSE_HALT && engine->running)
        take_course(engine, VF_COURSE_HALT);
}

/* Asks the producers among these tasks to end, and sees to it that all of these do in time. */
static void drain(struct vf_engine *engine, const bool *tasks)
{
    request_stop(engine, VF_STOP_DRAIN, tasks);
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (tasks[i] && !engine->workers[i].stop_by_ns && !vf_news_outlasts(engine, i))
            engine->workers[i].stop_by_ns = engine->clock.now_ns + engine->settings.grace_ns;
    }
}

/* Ends what depends on a task that has failed. */
static int end_part(struct vf_engine *engine, size_t task)
{
    if (engine->course >= VF_COURSE_DRAIN)
        return VF_OK;
    bool *is_part = calloc(engine->plan->task_count, sizeof(*is_part));
    if (!is_part)
        return -ENOMEM;
    vf_recovery_mark_part(engine->plan, task, is_part);
    drain(engine, is_part);
    free(is_part);
    return VF_OK;
}

/* Adds what the node has said of it. A worker may have written anything there. */
static void add_complaint(const struct vf_task_page *page, struct vf_text *cause)
{
    char text[VF_PAGE_COMPLAINT_SIZE + 1];
    memcpy(text, page->complaint, VF_PAGE_COMPLAINT_SIZE);
    text[VF_PAGE_COMPLAINT_SIZE] = '\0';
    vf_display_clean(text);
    if (text[0])
        vf_text_print(cause, ": %s", text);
}

/* Says in words what a worker died of, and why it may have been. */
static void describe_death(const struct vf_engine *engine, size_t task, struct vf_text *cause)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    struct vf_recovery_sight sight = vf_life_look_at(engine, task);
    double patience = (double)vf_recovery_patience_ns(rules_of(engine, task), &sight) / VF_NS_PER_S;
    const char *signal_name = sigabbrev_np(outcome->signal);
    if (engine->workers[task].is_hung)
        vf_text_print(cause, "showed no sign of life for %.1f s and was killed", patience);
    else if (outcome->signal == SIGSYS)
        vf_confine_explain_death(cause, atomic_load(&page_of(engine, task)->refused_call));
    else if (outcome->signal)
        vf_text_print(cause, "was killed by SIG%s", signal_name ? signal_name : "?");
    else
        vf_text_print(cause, "ended with status %d", outcome->exit_status);
    if (!engine->workers[task].is_hung && !outcome->signal)
        add_complaint(page_of(engine, task), cause);
}

/* One that is killed when all has been done and reported fails nothing by that. One that another
 * program has asked to abort has failed, although its node has not. */
static enum vf_exit_status status_of_finished(const struct vf_engine *engine, size_t task)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    bool is_aborted = atomic_load(&page_of(engine, task)->heard_stop) >= VF_STOP_ABORT;
    if (outcome->exit_status > 0 || (outcome->exit_status == 0 && !is_aborted))
        return (enum vf_exit_status)outcome->exit_status;
    return outcome->reason == VF_END_FAILED ? VF_EXIT_FAILED : VF_EXIT_OK;
}

void vf_supervisor_call_off(struct vf_engine *engine)
{
    engine->is_called_off = true;
    engine->course = VF_COURSE_KILL;
    vf_run_memory_tell_state(engine->memory, VF_RUN_STOPPING);
    for (size_t i = 0; i < engine->plan->task_count; i++)
        engine->workers[i].start_at_ns = 0;
    kill_all(engine);
}

static void start_at(struct vf_engine *engine, size_t task, int64_t wait_ns)
{
    engine->workers[task].start_at_ns = engine->clock.now_ns + wait_ns;
}

/* Has a last worker started that runs no node and only closes the task's edges: also for one that
 * was killed when it had done all, but had not let go of all it had received. */
static void close_out(struct vf_engine *engine, size_t task)
{
    engine->workers[task].is_cleanup = true;
    start_at(engine, task, 0);
}

/* Does what is decided for a task whose worker died without ending it; `cause` says of what, in
 * words. Returns false when the task is given up: that is left to the caller. */
static bool recover(struct vf_engine *engine, size_t task, const char *cause)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_task_page *page = page_of(engine, task);
    bool has_begun = engine->state != VF_ENGINE_STARTING;
    struct vf_recovery_death death = {
        .state = has_begun ? atomic_load(&page->state) : VF_TASK_STARTING,
        .rounds = atomic_load(&page->rounds),
        .lived_ns = has_begun ? engine->clock.now_ns - worker->started_ns : 0,
        .is_halting = engine->course >= VF_COURSE_HALT,
    };
    struct vf_recovery_decision decision =
        vf_recovery_decide(rules_of(engine, task), &worker->history, &death);
    if (decision.step == VF_RECOVERY_GIVE_UP)
        return false;
    start_at(engine, task, decision.wait_ns);
    vf_news_tell_restart(engine, task, cause, decision.wait_ns, decision.step == VF_RECOVERY_SKIP);
    if (decision.step == VF_RECOVERY_SKIP)
        snprintf(worker->skip_cause, sizeof(worker->skip_cause), "%s", cause);
    else
        vf_log(VF_LOG_WARNING, "%s is started again in %.1f s (%u of %u)",
               engine->plan->tasks[task].name, (double)decision.wait_ns / VF_NS_PER_S,
               worker->history.restarts, rules_of(engine, task)->max_restarts);
    return true;
}

/* Draws the conclusions from how a worker ended that had not begun. */
static int judge_start(struct vf_engine *engine, size_t task)
{
    struct vf_worker *worker = &engine->workers[task];
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    struct vf_text cause = {0};
    worker->is_ready = false;
    if (engine->is_called_off)
        return VF_OK;
    if (!worker->start_err) { /* which it has logged itself */
        describe_death(engine, task, &cause);
        vf_log(VF_LOG_ERROR, "%s (process %d) %s before it was ready%s", outcome->name,
               (int)outcome->pid, cause.bytes,
               outcome->signal == SIGABRT ? ": threads or memory may be short (ulimit -u, ulimit "
                                            "-v, the limits of the container)"
                                          : "");
    }
    bool is_recovered = recover(engine, task, cause.bytes);
    vf_text_finish(&cause);
    if (is_recovered || worker->start_err)
        return is_recovered ? VF_OK : worker->start_err;
    vf_supervisor_fail(engine, VF_EXIT_FAILED);
    vf_supervisor_call_off(engine);
    return VF_OK;
}

/* Draws the conclusions from how a worker ended; a failure of its node it has logged itself. */
static int judge(struct vf_engine *engine, size_t task)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    struct vf_text cause = {0};
    if (vf_renewal_takes(engine, task))
        return VF_OK;
    if (engine->workers[task].is_cleanup) {
        vf_run_memory_tell_over(engine->memory, (unsigned)task + 1);
        if (atomic_load(&page_of(engine, task)->state) != VF_TASK_ENDED)
            abort_run(engine); /* its neighbours would wait forever */
        return VF_OK;
    }
    if (outcome->has_finished) {
        enum vf_exit_status status = status_of_finished(engine, task);
        vf_supervisor_fail(engine, status);
        if (status != VF_EXIT_OK)
            vf_news_tell_failure(engine, task, NULL);
        bool is_open = outcome->signal || vf_change_is_missed_by(engine, task);
        if (is_open && engine->course < VF_COURSE_KILL)
            close_out(engine, task);
        else
            vf_run_memory_tell_over(engine->memory, (unsigned)task + 1);
        return status == VF_EXIT_OK ? VF_OK : end_part(engine, task);
    }
    if (engine->course == VF_COURSE_KILL)
        return VF_OK;
    describe_death(engine, task, &cause);
    bool is_puzzling = outcome->signal == SIGKILL && !engine->workers[task].is_hung;
    vf_log(VF_LOG_ERROR, "%s (process %d) %s at frame %llu%s", outcome->name, (int)outcome->pid,
           cause.bytes, (unsigned long long)outcome->frame,
           is_puzzling ? ", by hand or because memory was short" : "");
    vf_trouble_keep(engine, VF_TROUBLE_CRASH);
    bool is_recovered = recover(engine, task, cause.bytes);
    struct vf_journal_error error = {
        .frame = outcome->frame, .text = cause.bytes ? cause.bytes : "", .is_fatal = !is_recovered};
    vf_journal_add_error(vf_run_memory_journal(engine->memory), outcome->task, &error);
    if (!is_recovered)
        vf_news_tell_failure(engine, task, error.text);
    vf_text_finish(&cause);
    if (is_recovered)
        return VF_OK;
    vf_supervisor_fail(engine, VF_EXIT_FAILED);
    close_out(engine, task);
    return end_part(engine, task);
}

static void go_further_aloud(struct vf_engine *engine)
{
    if (engine->state == VF_ENGINE_STARTING) {
        vf_supervisor_call_off(engine);
        vf_talk_say(engine, "stopped before the flow had begun");
        return;
    }
    vf_supervisor_go_further(engine);
    vf_talk_say(engine, engine->course == VF_COURSE_DRAIN
                            ? "stopping; what is in flight is finished (again to stop at once)"
                        : engine->course == VF_COURSE_HALT
                            ? "stopping at once; outputs are finalised (again to kill)"
                            : "killed");
}

void vf_supervisor_stop(struct vf_engine *engine, enum vf_course course)
{
    if (engine->is_called_off || engine->course >= course)
        return;
    if (!engine->signal)
        engine->signal = SIGTERM;
    while (engine->course < course)
        go_further_aloud(engine);
}

static void heed_stop(struct vf_engine *engine, int number)
{
    if (!engine->is_called_off && !vf_signals_is_echo(&engine->signals, vf_clock_now_ns())) {
        if (!engine->signal)
            engine->signal = number;
        go_further_aloud(engine);
    }
    vf_signals_note_stop(&engine->signals, vf_clock_now_ns());
}

void vf_supervisor_hear_signals(struct vf_engine *engine)
{
    for (int number; (number = vf_signals_next(&engine->signals)) != 0;) {
        if (number == SIGUSR1)
            vf_talk_state(engine);
        else if (number == SIGWINCH)
            engine->progress_due_ns = engine->clock.now_ns;
        else
            heed_stop(engine, number);
    }
}

void vf_supervisor_follow(struct vf_engine *engine, enum vf_course course, int signal,
                          bool is_aborting)
{
    if (engine->course >= course)
        return;
    if (!engine->signal)
        engine->signal = signal;
    engine->is_aborting = engine->is_aborting || is_aborting;
    while (engine->course < course)
        vf_supervisor_go_further(engine);
}

void vf_supervisor_ask(struct vf_engine *engine, size_t task, enum vf_stop_level level)
{
    struct vf_worker *worker = &engine->workers[task];
    vf_run_memory_stop(engine->memory, (unsigned)task + 1, level);
    if (!worker->stop_by_ns)
        worker->stop_by_ns = engine->clock.now_ns + engine->settings.grace_ns;
}

void vf_supervisor_lose(struct vf_engine *engine, size_t task)
{
    if (end_part(engine, task) < 0)
        abort_run(engine);
}

static void complain_of_delay(const struct vf_engine *engine, size_t task)
{
    vf_log(VF_LOG_WARNING, "%s has not stopped within %.1f s", engine->plan->tasks[task].name,
           (double)engine->settings.grace_ns / VF_NS_PER_S);
}

/* Of what ends because a task has failed: halts what has not stopped in time, and then ends the
 * run. */
static void heed_parts(struct vf_engine *engine)
{
    bool is_stubborn = false;
    for (size_t i = 0; engine->course == VF_COURSE_RUN && i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (!worker->pid || !worker->stop_by_ns || engine->clock.now_ns < worker->stop_by_ns)
            continue;
        complain_of_delay(engine, i);
        is_stubborn = is_stubborn || worker->is_halted;
        worker->is_halted = true;
        worker->stop_by_ns = engine->clock.now_ns + engine->settings.grace_ns;
        vf_run_memory_stop(engine->memory, (unsigned)i + 1, VF_STOP_HALT);
    }
    if (is_stubborn)
        abort_run(engine);
}

static void heed_deadline(struct vf_engine *engine)
{
    heed_parts(engine);
    if (!engine->deadline_ns || engine->clock.now_ns < engine->deadline_ns ||
        engine->course == VF_COURSE_KILL)
        return;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid)
            complain_of_delay(engine, i);
    }
    vf_supervisor_go_further(engine);
}

/* Returns when the next worker has to be started; 0: none has to. */
static int64_t next_start(const struct vf_engine *engine)
{
    int64_t next_ns = 0;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        const struct vf_worker *worker = &engine->workers[i];
        int64_t start_ns = worker->awaits_change ? 0 : worker->start_at_ns;
        if (start_ns && (!next_ns || start_ns < next_ns))
            next_ns = start_ns;
    }
    return next_ns;
}

static int64_t earlier(int64_t timeout, int64_t left)
{
    if (left < 0)
        left = 0;
    return left < timeout ? left : timeout;
}

/* Returns how long to sleep, in milliseconds, unless something happens. */
static int timeout_of(const struct vf_engine *engine)
{
    int64_t timeout = vf_life_look_again_ms(engine);
    int64_t now = engine->clock.now_ns, next = next_start(engine);
    if (engine->lacks_pidfds && engine->signals.fd < 0)
        timeout = COLLECT_MS; /* nothing wakes it when a worker ends */
    if (vf_renewal_is_under_way(engine) || vf_presence_awaits_ready(engine))
        timeout = RENEWAL_MS; /* nor when a successor has begun, or a node is open */
    if (engine->deadline_ns && engine->course < VF_COURSE_KILL)
        timeout = earlier(timeout, (engine->deadline_ns - now) / VF_NS_PER_MS + 1);
    if (engine->progress_due_ns)
        timeout = earlier(timeout, (engine->progress_due_ns - now) / VF_NS_PER_MS + 1);
    if (engine->service.watchdog_ns)
        timeout = earlier(timeout, engine->service.watchdog_ns / 2 / VF_NS_PER_MS);
    if (next)
        timeout = earlier(timeout, (next - now) / VF_NS_PER_MS + 1);
    return (int)vf_samples_timeout(engine, timeout);
}

static void hear_one_ready(struct vf_engine *engine)
{
    struct vf_readiness readiness;
    if (!vf_start_gate_hear(&engine->gate, &readiness))
        return;
    if (readiness.task < 1 || readiness.task > engine->plan->task_count)
        return; /* whoever wrote this can write anything */
    struct vf_worker *worker = &engine->workers[readiness.task - 1];
    if (worker->pid != readiness.pid) /* it has died meanwhile */
        return;
    worker->is_ready = readiness.err == VF_OK;
    worker->start_err = readiness.err;
    engine->start_moved_ns = engine->clock.now_ns;
}

/* Hears all that workers have to say: one that has ended has said it before. */
static void hear_ready(struct vf_engine *engine)
{
    struct pollfd reports = {.fd = engine->gate.ready_fds[0], .events = POLLIN};
    while (poll(&reports, 1, 0) > 0 && reports.revents & POLLIN)
        hear_one_ready(engine);
}

/* What a supervisor sleeps over: the workers, signals, what workers say when they are ready, and
 * those who talk to the run. */
static size_t count_fds(const struct vf_engine *engine)
{
    return engine->plan->task_count + 3 + VF_CONTROL_POLLED;
}

static void fill_fds(const struct vf_engine *engine, struct pollfd *fds)
{
    size_t tasks = engine->plan->task_count;
    for (size_t i = 0; i < tasks; i++)
        fds[i] = (struct pollfd){.fd = engine->workers[i].pidfd, .events = POLLIN};
    fds[tasks] = (struct pollfd){.fd = engine->signals.fd, .events = POLLIN};
    fds[tasks + 1] = (struct pollfd){.fd = engine->gate.ready_fds[0], .events = POLLIN};
    fds[tasks + 2] = (struct pollfd){.fd = engine->hosts.bell_fd, .events = POLLIN};
    vf_control_fill(engine->presence.control, fds + tasks + 3);
}

/* As process 1 of a container, waits for what other processes have left behind. */
static void collect_orphans(struct vf_engine *engine)
{
    siginfo_t info = {0};
    while (engine->settings.adopts && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0) {
        if (is_own_child(engine, info.si_pid) ||
            vf_observers_include(&engine->observers, info.si_pid))
            return; /* others come after it, the next time */
        (void)waitpid(info.si_pid, NULL, WNOHANG);
        info.si_pid = 0;
    }
}

static int judge_ended(struct vf_engine *engine, const struct pollfd *fds)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < engine->plan->task_count; i++) {
        const struct vf_worker *worker = &engine->workers[i];
        bool may_have_ended = worker->pid && (fds[i].revents || worker->pidfd < 0);
        if (!may_have_ended || !collect(engine, i, WNOHANG))
            continue;
        if (engine->state == VF_ENGINE_STARTING)
            hear_ready(engine);
        err = engine->state == VF_ENGINE_STARTING ? judge_start(engine, i) : judge(engine, i);
    }
    return err;
}

/* Starts the workers whose time has come. */
static int start_due(struct vf_engine *engine)
{
    int64_t now = engine->clock.now_ns;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        struct vf_worker *worker = &engine->workers[i];
        if (!worker->start_at_ns || worker->start_at_ns > now || worker->awaits_change)
            continue;
        worker->start_at_ns = 0;
        if (engine->course == VF_COURSE_KILL)
            continue; /* nobody is left to go on with */
        int err = vf_succession_start(engine, (unsigned)i + 1);
        if (err) {
            struct vf_start_attempt attempt = {.purpose = "start another process",
                                               .name = engine->plan->tasks[i].name,
                                               .call = "fork"};
            return vf_start_failure(&attempt, err);
        }
    }
    return VF_OK;
}

/* Sleeps until a worker ends, a signal comes, or it is time for something. */
static int watch_once(struct vf_engine *engine, struct pollfd *fds)
{
    size_t tasks = engine->plan->task_count;
    int timeout_ms = timeout_of(engine);
    fill_fds(engine, fds);
    vf_watch_clock_expect(&engine->clock, timeout_ms * VF_NS_PER_MS);
    int polled = poll(fds, count_fds(engine), timeout_ms);
    if (polled < 0 && errno != EINTR)
        return -errno;
    vf_watch_clock_look(&engine->clock, vf_clock_now_ns());
    if (polled < 0)
        return VF_OK;
    if (fds[tasks + 1].revents)
        hear_ready(engine);
    int err = judge_ended(engine, fds);
    vf_observers_collect(&engine->observers);
    vf_viewers_look(engine);
    collect_orphans(engine);
    vf_life_look(engine);
    if (!err)
        err = start_due(engine);
    if (err)
        return err;
    vf_supervisor_hear_signals(engine);
    vf_control_serve(engine->presence.control, fds + tasks + 3, engine->clock.now_ns);
    vf_hosts_look(engine);
    vf_news_look(engine);
    heed_deadline(engine);
    vf_renewal_look(engine);
    vf_presence_look(engine);
    vf_talk_to_service(engine);
    if (engine->state == VF_ENGINE_RUNNING) {
        vf_samples_look(engine);
        vf_talk_progress(engine);
    }
    return VF_OK;
}

static bool are_all_ready(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (!engine->workers[i].is_ready && vf_plan_is_here(engine->plan, &engine->plan->tasks[i]))
            return false;
    }
    return vf_hosts_are_ready(engine);
}

int vf_supervisor_watch_start(struct vf_engine *engine)
{
    struct pollfd *fds = calloc(count_fds(engine), sizeof(*fds));
    int err = fds ? VF_OK : -ENOMEM;
    while (!err && (engine->is_called_off ? engine->running > 0 : !are_all_ready(engine)))
        err = watch_once(engine, fds);
    free(fds);
    return err;
}

/* Ends a flow whose tasks wait for each other forever: nothing else will. */
static void end_dead_lock(struct vf_engine *engine)
{
    int64_t now = engine->clock.now_ns;
    if (engine->course >= VF_COURSE_HALT || next_start(engine) ||
        !vf_standstill_is_dead_lock(engine->standstill, now))
        return;
    vf_standstill_log(engine->standstill, now, VF_LOG_ERROR);
    vf_log(VF_LOG_ERROR, "this is a dead-lock; outputs are finalised");
    vf_news_tell_standstill(engine, 0, true);
    vf_supervisor_fail(engine, VF_EXIT_INTERNAL);
    take_course(engine, VF_COURSE_HALT);
}

/* Tells of a flow that stands still, and ends it if that is wanted. */
static void look_for_standstill(struct vf_engine *engine)
{
    int64_t now = engine->clock.now_ns;
    bool is_news = vf_standstill_look(engine->standstill, now, engine->settings.stall_report_ns);
    end_dead_lock(engine);
    if (engine->course >= VF_COURSE_HALT)
        return;
    if (!is_news) {
        vf_standstill_log_starved(engine->standstill, now, engine->settings.stall_report_ns);
        return;
    }
    vf_trouble_keep(engine, VF_TROUBLE_STALL);
    vf_news_tell_standstill(engine, engine->settings.stall_report_ns, false);
    vf_standstill_log(engine->standstill, now,
                      engine->settings.stall_aborts ? VF_LOG_ERROR : VF_LOG_WARNING);
    if (!engine->settings.stall_aborts)
        return;
    vf_supervisor_fail(engine, VF_EXIT_INTERNAL);
    abort_run(engine);
}

int vf_supervisor_begin_accounts(struct vf_engine *engine)
{
    struct vf_standstill *standstill = NULL;
    struct vf_progress_track *track = NULL;
    int err = vf_standstill_create(&standstill, engine->plan, engine->memory, engine->clock.now_ns);
    if (!err)
        err = vf_progress_track_create(&track, engine->plan, engine->memory, engine->started_ns);
    if (err) {
        vf_standstill_destroy(&standstill);
        return err;
    }
    vf_standstill_destroy(&engine->standstill);
    vf_progress_track_destroy(&engine->track);
    engine->standstill = standstill;
    engine->track = track;
    return VF_OK;
}

/* Has room for what a supervisor sleeps over, which a change of the flow makes more. */
static int make_room(const struct vf_engine *engine, struct pollfd **fds)
{
    struct pollfd *grown = realloc(*fds, count_fds(engine) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    *fds = grown;
    return VF_OK;
}

int vf_supervisor_watch(struct vf_engine *engine)
{
    struct pollfd *fds = NULL;
    int err = vf_supervisor_begin_accounts(engine);
    if (!err)
        err = vf_samples_begin(engine);
    if (!err)
        vf_talk_begin(engine);
    while (!err && (engine->running || next_start(engine) || !vf_hosts_are_over(engine))) {
        err = make_room(engine, &fds);
        if (!err)
            err = watch_once(engine, fds);
        look_for_standstill(engine);
    }
    vf_standstill_destroy(&engine->standstill);
    free(fds);
    return err;
}

enum vf_exit_status vf_supervisor_conclude(const struct vf_engine *engine)
{
    enum vf_exit_status status = vf_outcome_of_run(engine);
    uint64_t errors = vf_report_errors(engine->plan, engine->memory);
    if (status == VF_EXIT_BAD_INPUT && engine->failure == VF_EXIT_OK)
        vf_log(VF_LOG_ERROR, "%llu %s corrupt or missing; --max-errors allows %llu",
               (unsigned long long)errors,
               errors == 1 ? "piece of input was" : "pieces of input were",
               (unsigned long long)engine->settings.max_errors);
    return status;
}
