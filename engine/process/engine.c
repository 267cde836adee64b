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
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/process/ledger.h"
#include "engine/process/report.h"
#include "engine/process/report_json.h"
#include "engine/process/run_directory.h"
#include "engine/process/run_memory.h"
#include "engine/process/stop_request.h"
#include "engine/process/worker.h"

#define PROGRESS_MS 200
#define MAX_STOP_CHILDREN 4

struct worker {
    pid_t pid; /* 0: not started, or ended and waited for */
    int pidfd;
};

/* How far the run is from its natural course. */
enum course { COURSE_RUN, COURSE_DRAIN, COURSE_HALT, COURSE_KILL };

struct vf_engine {
    const struct vf_plan *plan;
    struct vf_engine_settings settings;
    struct vf_run_memory *memory;
    struct worker *workers;     /* task id i at [i - 1] */
    struct vf_worker_end *ends; /* likewise */
    size_t running;
    char *directory;
    struct vf_wire_keys keys; /* of this run, over TCP */
    struct vf_address address;
    int ready_fds[2], go_fd, signal_fd;
    sigset_t old_signals;
    bool has_blocked_signals, was_allocated;
    enum course course;
    bool is_aborting;    /* a worker died: what is written is not all */
    int64_t deadline_ns; /* of the present step of stopping; 0: none */
    int signal;          /* that stopped the flow; 0: none did */
    enum vf_exit_status failure;
    pid_t stop_children[MAX_STOP_CHILDREN];
    int64_t started_ns, ended_ns;
    bool is_unbalanced; /* the ledger */
};

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
    made->ends = calloc(plan->task_count, sizeof(*made->ends));
    if (!made->workers || !made->ends) {
        vf_engine_destroy(engine);
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->task_count; i++)
        made->workers[i].pidfd = -1;
    return VF_OK;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static const char *name_of(const struct vf_engine *engine, const struct worker *worker)
{
    return engine->plan->tasks[worker - engine->workers].name;
}

static void kill_all(struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid)
            pidfd_send_signal(engine->workers[i].pidfd, SIGKILL, NULL, 0);
    }
}

/* Waits for a worker that has ended, or is about to. */
static int collect(struct vf_engine *engine, struct worker *worker)
{
    int wait_status = 0;
    while (waitpid(worker->pid, &wait_status, 0) < 0 && errno == EINTR)
        ;
    engine->ends[worker - engine->workers].wait_status = wait_status;
    engine->ends[worker - engine->workers].has_ended = true;
    close_fd(&worker->pidfd);
    worker->pid = 0;
    engine->running--;
    return wait_status;
}

static void collect_stop_children(struct vf_engine *engine, int options)
{
    for (size_t i = 0; i < MAX_STOP_CHILDREN; i++) {
        pid_t *child = &engine->stop_children[i];
        if (*child && waitpid(*child, NULL, options) == *child)
            *child = 0;
    }
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
    if (gone->workers) {
        kill_all(gone);
        for (size_t i = 0; i < gone->plan->task_count; i++) {
            if (gone->workers[i].pid)
                (void)collect(gone, &gone->workers[i]);
        }
    }
    collect_stop_children(gone, 0);
    close_fd(&gone->ready_fds[0]);
    close_fd(&gone->ready_fds[1]);
    close_fd(&gone->go_fd);
    restore_signals(gone);
    vf_run_memory_destroy(&gone->memory);
    vf_run_directory_remove(&gone->directory);
    free(gone->workers);
    free(gone->ends);
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

static int start_worker(struct vf_engine *engine, unsigned task)
{
    struct worker *worker = &engine->workers[task - 1];
    int *unwanted = calloc(engine->plan->task_count + 2, sizeof(*unwanted));
    if (!unwanted)
        return -ENOMEM;
    size_t count = 0;
    unwanted[count++] = engine->signal_fd;
    unwanted[count++] = engine->ready_fds[0];
    for (unsigned i = 0; i + 1 < task; i++)
        unwanted[count++] = engine->workers[i].pidfd;
    struct vf_worker_order order = {
        .plan = engine->plan,
        .memory = engine->memory,
        .task = task,
        .address = &engine->address,
        .ready_fd = engine->ready_fds[1],
        .go_fd = engine->go_fd,
        .must_not_replace = engine->settings.must_not_replace,
        .unwanted = unwanted,
        .unwanted_count = count,
    };
    pid_t pid = vf_worker_fork(&order);
    free(unwanted);
    if (pid < 0)
        return (int)pid;
    worker->pid = engine->ends[task - 1].pid = pid;
    engine->running++;
    worker->pidfd = pidfd_open(pid, 0);
    return worker->pidfd < 0 ? -errno : VF_OK;
}

static int start_workers(struct vf_engine *engine)
{
    for (unsigned task = 1; task <= engine->plan->task_count; task++) {
        int err = start_worker(engine, task);
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

/* Says where the sockets are. Over TCP every run has keys of its own. */
static int settle_address(struct vf_engine *engine)
{
    const struct vf_transport *transport = &engine->plan->transport;
    engine->address = (struct vf_address){.directory = engine->directory};
    if (transport->kind == VF_TRANSPORT_IPC)
        return VF_OK;
    engine->address.host = transport->host;
    engine->address.base = transport->base;
    if (transport->is_insecure) {
        vf_log(VF_LOG_WARNING, "security: none; whoever reaches a port of %s can put messages in",
               transport->host);
        return VF_OK;
    }
    engine->address.keys = &engine->keys;
    return vf_wire_keys_generate(&engine->keys);
}

static int prepare(struct vf_engine *engine)
{
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
    if (engine->was_allocated)
        return -EALREADY;
    engine->was_allocated = true;
    engine->started_ns = vf_clock_now_ns();
    int err = prepare(engine);
    if (!err)
        err = start_workers(engine);
    if (!err)
        err = wait_until_ready(engine);
    uint64_t all = engine->plan->task_count;
    if (!err && write(engine->go_fd, &all, sizeof(all)) != (ssize_t)sizeof(all))
        err = -errno;
    if (!err)
        return VF_OK;
    kill_all(engine);
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid)
            (void)collect(engine, &engine->workers[i]);
    }
    return err;
}

static void say(const struct vf_engine *engine, const char *line)
{
    if (engine->settings.talk == VF_TALK_PROGRESS)
        vf_report_clear_progress(stderr);
    if (engine->settings.talk != VF_TALK_NOTHING)
        fprintf(stderr, "vflow: %s\n", line);
}

/* Sends a stop to the producers, or to every task. */
static int request_stop(struct vf_engine *engine, enum vf_stop_level level)
{
    unsigned *tasks = calloc(engine->plan->task_count, sizeof(*tasks));
    size_t count = 0;
    if (!tasks)
        return -ENOMEM;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        bool is_asked = level >= VF_STOP_HALT || engine->plan->tasks[i].node->kind == VF_PRODUCER;
        if (is_asked && engine->workers[i].pid)
            tasks[count++] = (unsigned)i + 1;
    }
    pid_t child = vf_stop_request_fork(&engine->address, tasks, count, level);
    free(tasks);
    collect_stop_children(engine, WNOHANG);
    for (size_t i = 0; child > 0 && i < MAX_STOP_CHILDREN; i++) {
        if (!engine->stop_children[i]) {
            engine->stop_children[i] = child;
            break;
        }
    }
    return child < 0 ? (int)child : VF_OK;
}

/* Goes one step further than the run has been stopped so far. */
static int take_course(struct vf_engine *engine, enum course course)
{
    int err = VF_OK;
    engine->course = course;
    engine->deadline_ns = vf_clock_now_ns() + engine->settings.grace_ns;
    if (course == COURSE_DRAIN)
        err = request_stop(engine, VF_STOP_DRAIN);
    else if (course == COURSE_HALT)
        err = request_stop(engine, engine->is_aborting ? VF_STOP_ABORT : VF_STOP_HALT);
    else
        kill_all(engine);
    if (err)
        kill_all(engine); /* better rudely than never */
    return err;
}

static int go_further(struct vf_engine *engine)
{
    return engine->course < COURSE_KILL ? take_course(engine, engine->course + 1) : VF_OK;
}

int vf_engine_signal_termination(struct vf_engine *engine)
{
    return go_further(engine);
}

static void fail(struct vf_engine *engine, enum vf_exit_status status)
{
    if (engine->failure == VF_EXIT_OK)
        engine->failure = status;
}

static void abort_flow(struct vf_engine *engine)
{
    engine->is_aborting = true;
    if (engine->course < COURSE_HALT && engine->running)
        (void)take_course(engine, COURSE_HALT);
}

/* The frame a worker was at: the one in work, or the one that a producer was making. */
static unsigned long long frame_of(const struct vf_engine *engine, size_t task)
{
    const struct vf_task_page *page = vf_run_memory_page(engine->memory, (unsigned)task + 1);
    bool is_producer = engine->plan->tasks[task].node->kind == VF_PRODUCER;
    return atomic_load(&page->frame) + is_producer;
}

static void judge(struct vf_engine *engine, size_t task, pid_t pid, int wait_status)
{
    const char *name = engine->plan->tasks[task].name;
    const struct vf_task_page *page = vf_run_memory_page(engine->memory, (unsigned)task + 1);
    bool has_finished = atomic_load(&page->state) == VF_TASK_ENDED;
    if (WIFSIGNALED(wait_status)) {
        if (engine->course == COURSE_KILL)
            return;
        int number = WTERMSIG(wait_status);
        const char *signal_name = sigabbrev_np(number);
        vf_log(VF_LOG_ERROR, "%s (process %d) was killed by SIG%s at frame %llu%s", name, (int)pid,
               signal_name ? signal_name : "?", frame_of(engine, task),
               number == SIGKILL ? ", by hand or because memory was short" : "");
        fail(engine, VF_EXIT_FAILED);
        abort_flow(engine);
    } else if (!has_finished) {
        vf_log(VF_LOG_ERROR, "%s (process %d) ended at frame %llu with status %d", name, (int)pid,
               frame_of(engine, task), WEXITSTATUS(wait_status));
        fail(engine, VF_EXIT_FAILED);
        abort_flow(engine);
    } else if (WEXITSTATUS(wait_status) != VF_EXIT_OK) {
        fail(engine, (enum vf_exit_status)WEXITSTATUS(wait_status));
    }
}

static void hear_signals(struct vf_engine *engine)
{
    struct signalfd_siginfo info;
    while (engine->signal_fd >= 0 &&
           read(engine->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (!engine->signal)
            engine->signal = (int)info.ssi_signo;
        (void)go_further(engine);
        say(engine, engine->course == COURSE_DRAIN
                        ? "stopping; what is in flight is finished (once more to stop at once)"
                    : engine->course == COURSE_HALT
                        ? "stopping at once; outputs are finalised (once more to kill)"
                        : "killed");
    }
}

static void heed_deadline(struct vf_engine *engine)
{
    if (!engine->deadline_ns || vf_clock_now_ns() < engine->deadline_ns ||
        engine->course == COURSE_KILL)
        return;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (engine->workers[i].pid)
            vf_log(VF_LOG_WARNING, "%s has not stopped within %.1f s",
                   name_of(engine, &engine->workers[i]),
                   (double)engine->settings.grace_ns / VF_NS_PER_S);
    }
    (void)go_further(engine);
}

/* Returns how long to sleep, in milliseconds; -1: until something happens. */
static int timeout_of(const struct vf_engine *engine)
{
    int timeout = engine->settings.talk == VF_TALK_PROGRESS ? PROGRESS_MS : -1;
    if (!engine->deadline_ns || engine->course == COURSE_KILL)
        return timeout;
    int64_t left = (engine->deadline_ns - vf_clock_now_ns()) / VF_NS_PER_MS + 1;
    if (left < 0)
        left = 0;
    return timeout < 0 || left < timeout ? (int)left : timeout;
}

/* Sleeps until a worker ends, a signal comes, or it is time for something. */
static int watch(struct vf_engine *engine, struct pollfd *fds)
{
    size_t tasks = engine->plan->task_count;
    for (size_t i = 0; i < tasks; i++)
        fds[i] = (struct pollfd){.fd = engine->workers[i].pidfd, .events = POLLIN};
    fds[tasks] = (struct pollfd){.fd = engine->signal_fd, .events = POLLIN};
    if (poll(fds, tasks + 1, timeout_of(engine)) < 0)
        return errno == EINTR ? VF_OK : -errno;
    for (size_t i = 0; i < tasks; i++) {
        pid_t pid = engine->workers[i].pid;
        if (fds[i].revents && pid)
            judge(engine, i, pid, collect(engine, &engine->workers[i]));
    }
    hear_signals(engine);
    heed_deadline(engine);
    if (engine->settings.talk == VF_TALK_PROGRESS)
        vf_report_progress(stderr, engine->plan, engine->memory, engine->started_ns);
    return VF_OK;
}

/* Checks that every message is accounted for. What was halted or died need only be possible. */
static int check_ledger(struct vf_engine *engine)
{
    bool *is_whole = calloc(engine->plan->task_count, sizeof(*is_whole));
    if (!is_whole)
        return -ENOMEM;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        is_whole[i] = engine->course <= COURSE_DRAIN && engine->ends[i].wait_status == 0;
    engine->is_unbalanced = vf_ledger_check(engine->plan, engine->memory, is_whole) > 0;
    free(is_whole);
    if (engine->is_unbalanced)
        fail(engine, VF_EXIT_INTERNAL);
    return VF_OK;
}

static enum vf_exit_status conclude(const struct vf_engine *engine)
{
    uint64_t errors = vf_report_errors(engine->plan, engine->memory);
    if (engine->course == COURSE_KILL)
        return VF_EXIT_KILLED;
    if (engine->failure != VF_EXIT_OK)
        return engine->failure;
    if (engine->signal)
        return engine->signal == SIGINT ? VF_EXIT_INTERRUPTED : VF_EXIT_TERMINATED;
    if (errors > engine->settings.max_errors) {
        vf_log(VF_LOG_ERROR, "%llu %s corrupt or missing; --max-errors allows %llu",
               (unsigned long long)errors,
               errors == 1 ? "piece of input was" : "pieces of input were",
               (unsigned long long)engine->settings.max_errors);
        return VF_EXIT_BAD_INPUT;
    }
    return VF_EXIT_OK;
}

int vf_engine_join(struct vf_engine *engine, enum vf_exit_status *status)
{
    struct pollfd *fds = calloc(engine->plan->task_count + 1, sizeof(*fds));
    int err = fds ? VF_OK : -ENOMEM;
    while (!err && engine->running)
        err = watch(engine, fds);
    free(fds);
    collect_stop_children(engine, 0);
    restore_signals(engine);
    engine->ended_ns = vf_clock_now_ns();
    if (!err)
        err = check_ledger(engine);
    if (err)
        return err;
    if (engine->settings.talk == VF_TALK_PROGRESS)
        vf_report_clear_progress(stderr);
    if (engine->settings.talk != VF_TALK_NOTHING)
        vf_report_rows(stderr, engine->plan, engine->memory, engine->started_ns);
    *status = conclude(engine);
    return VF_OK;
}

int vf_engine_report(const struct vf_engine *engine, const char *path, enum vf_exit_status status)
{
    int64_t now_ns = vf_clock_now_ns();
    struct vf_run_record record = {
        .plan = engine->plan,
        .memory = engine->memory,
        .ends = engine->ends,
        .started_ns = engine->started_ns ? engine->started_ns : now_ns,
        .ended_ns = engine->ended_ns ? engine->ended_ns : now_ns,
        .status = status,
        .is_balanced = !engine->is_unbalanced,
    };
    return vf_report_json_write(path, &record);
}
