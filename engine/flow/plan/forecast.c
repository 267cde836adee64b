/* SPDX-License-Identifier: MIT */
/* forecast - asks the node of each task what it is going to send. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/base/read_all.h"
#include "engine/base/trust.h"
#include "engine/base/write_all.h"
#include "engine/flow/plan/depth.h"
#include "engine/flow/plan/memory.h"
#include "engine/flow/plan/plan.h"
#include "engine/sandbox/confine_child.h"

#define HIGHEST_USUAL_RATE 240
#define MAX_READABLE 512 /* files and folders; those of tasks beyond it are not looked into */

/* Sets what comes to each element of a task's inputs. */
static void gather_inputs(const struct vf_plan *plan, const struct vf_plan_task *task,
                          struct vf_forecast *inputs)
{
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        inputs[edge->input] = vf_plan_sender(plan, edge)->forecasts[edge->sender_port];
        inputs[edge->input].forwards = 0;
    }
}

/* Settles the rate of ticks that is not said, and tells the node: that is how its inputs come. */
static void settle_ticks(struct vf_plan_task *task, struct vf_forecast *inputs)
{
    struct vf_rational *rate = &task->latest.rate, first = inputs[0].video.frame_rate;
    bool is_usual = first.num > 0 && first.den > 0 && first.num / first.den <= HIGHEST_USUAL_RATE;
    if (!task->latest.has_ticks)
        return;
    if (rate->num == 0 && inputs[0].is_known && is_usual)
        *rate = first;
    for (unsigned i = 0; i < task->input_count && rate->num; i++)
        inputs[i].video.frame_rate = *rate;
}

static int ask(struct vf_plan_task *task, struct vf_foresight *foresight)
{
    int err = VF_OK;
    if (task->group)
        err = vf_group_foresee(task->group, foresight, &task->makings, &task->making_count);
    else
        vf_node_foresee(task->node, foresight);
    task->keeps = task->group ? task->node->keeps : foresight->keeps;
    return err;
}

/* Sets the forecasts of a task, all of whose senders have theirs. */
static int ask_task(const struct vf_plan *plan, struct vf_plan_task *task)
{
    struct vf_forecast *inputs = calloc(task->input_count + 1, sizeof(*inputs));
    bool *is_read = calloc(task->node->outputs.count + 1, sizeof(*is_read));
    int err = inputs && is_read ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < task->out_count; i++)
        is_read[task->out_edges[i]->sender_port] = true;
    if (!err)
        gather_inputs(plan, task, inputs);
    if (!err)
        settle_ticks(task, inputs);
    struct vf_foresight foresight = {
        .options = task->options,
        .inputs = inputs,
        .input_count = task->input_count,
        .is_read = is_read,
        .threads = task->threads,
        .outputs = task->forecasts,
    };
    if (!err)
        err = ask(task, &foresight);
    free(inputs);
    free(is_read);
    return err;
}

/* Returns whether a task is asked in a process of its own, since it opens what it is to read: a
 * producer that has a forecast. */
static bool is_probed(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    return task->node->kind == VF_PRODUCER && task->node->forecast && vf_plan_is_here(plan, task);
}

/* Adds what a task is to read to what may be read, as far as it is files and folders. Of a pattern that
 * is the folder it begins with. Pipes and devices are left out: somebody may wait at their other end. */
static int add_readable(const struct vf_plan_task *task, char **paths, size_t *count)
{
    for (size_t i = 0; i < task->node->options.count && *count < MAX_READABLE; i++) {
        const struct vf_option *option = &task->node->options.items[i];
        enum vf_option_role role = option->kind->role;
        bool is_input = role == VF_ROLE_INPUT_FILE || role == VF_ROLE_INPUT_FOLDER ||
                        role == VF_ROLE_INPUT_FILES;
        const char *path = is_input ? vf_option_path(option, task->options) : NULL;
        struct stat status;
        char *folder = NULL;
        if (!path || !*path)
            continue;
        if (stat(path, &status) != 0) {
            size_t length = strcspn(path, "*?[{%");
            while (length && path[length - 1] != '/')
                length--;
            folder = length ? strndup(path, length) : strdup(".");
        } else if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
            folder = strdup(path);
        } else {
            continue;
        }
        if (!folder)
            return -ENOMEM;
        paths[(*count)++] = folder;
    }
    return VF_OK;
}

/* Lets this process read what the flow that is only looked at names, and do nothing else. */
static int confine(const struct vf_plan *plan)
{
    static const char *const machine[] = {"/proc/cpuinfo", "/sys/devices/system"};
    static char *paths[MAX_READABLE + VF_COUNT(machine)];
    size_t count = 0;
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        if (is_probed(plan, &plan->tasks[i]))
            err = add_readable(&plan->tasks[i], paths, &count);
    }
    const char *readable[VF_COUNT(paths)];
    for (size_t i = 0; i < count; i++)
        readable[i] = paths[i];
    for (size_t i = 0; i < VF_COUNT(machine); i++)
        readable[count++] = machine[i];
    const struct vf_confinement confinement = {
        .readable = readable, .readable_count = count, .has_threads = true};
    return err ? err : vf_confine_reader(&confinement);
}

static size_t forecasts_size(const struct vf_plan_task *task)
{
    return task->node->outputs.count * sizeof(*task->forecasts);
}

/* What the process does that asks. Its workers say what is wrong with a file. Does not return, and ends
 * at once: what is confined can do nothing on the way out. */
static void answer(struct vf_plan *plan, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    bool is_heard = vf_trust() == VF_TRUST_RUN || confine(plan) == VF_OK;
    for (size_t i = 0; i < plan->task_count && is_heard; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        if (is_probed(plan, task))
            is_heard = ask_task(plan, task) == VF_OK &&
                       vf_write_all(fd, &task->keeps, sizeof(task->keeps)) == VF_OK &&
                       vf_write_all(fd, task->forecasts, forecasts_size(task)) == VF_OK;
    }
    _exit(VF_EXIT_OK);
}

/* Takes one task's answer, all of it or nothing. */
static int take_answer(struct vf_plan_task *task, int fd, int64_t deadline_ns)
{
    struct vf_forecast *forecasts = calloc(task->node->outputs.count + 1, sizeof(*forecasts));
    unsigned keeps;
    if (!forecasts)
        return -ENOMEM;
    int err = vf_read_all(fd, &keeps, sizeof(keeps), deadline_ns);
    if (!err)
        err = vf_read_all(fd, forecasts, forecasts_size(task), deadline_ns);
    if (!err) {
        free(task->forecasts);
        task->forecasts = forecasts;
        task->keeps = keeps;
    } else {
        free(forecasts);
    }
    return err;
}

static int take_answers(struct vf_plan *plan, int fd, int64_t deadline_ns)
{
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        if (!is_probed(plan, task))
            continue;
        err = take_answer(task, fd, deadline_ns);
        if (err == -ETIMEDOUT || err == -EPIPE)
            vf_log(VF_LOG_INFO, "%s: what it is going to send cannot be told before the start",
                   task->name);
    }
    return err;
}

static void end_process(pid_t child)
{
    int status;
    kill(child, SIGKILL); /* it has said all it will be heard with */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Asks every one of these tasks, in a process of its own, and sets their forecasts.
 * Whatever goes wrong there, and whatever takes longer than `limit_ns`, stays unknown. */
static int probe(struct vf_plan *plan, int64_t limit_ns)
{
    int fds[2];
    size_t count = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        count += is_probed(plan, &plan->tasks[i]);
    if (!count)
        return VF_OK;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    int err = child < 0 ? -errno : VF_OK;
    if (child == 0)
        answer(plan, fds[1]);
    close(fds[1]);
    if (!err) {
        err = take_answers(plan, fds[0], vf_clock_now_ns() + limit_ns);
        end_process(child);
    }
    close(fds[0]);
    return err == -ENOMEM || child < 0 ? err : VF_OK;
}

int vf_plan_foresee(struct vf_plan *plan, int64_t limit_ns)
{
    int err = probe(plan, limit_ns);
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        struct vf_plan_task *task = &plan->tasks[i];
        vf_group_makings_free(&task->makings, task->making_count);
        task->making_count = 0;
        if (!is_probed(plan, task) && vf_plan_is_here(plan, task))
            err = ask_task(plan, task);
    }
    if (!err)
        err = vf_plan_settle_depths(plan);
    return err ? err : vf_plan_size_memory(plan);
}

/* What is left of the limit goes to those of whom nothing is known; where there are none, to all
 * in proportion, since frames that turn out larger do so all along a flow. */
uint64_t vf_plan_memory_ceiling(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    uint64_t limit = plan->memory_limit;
    unsigned unknown = 0;
    if (!limit)
        return 0;
    for (size_t i = 0; i < plan->task_count; i++)
        unknown += !plan->tasks[i].is_memory_known;
    uint64_t left = limit > plan->memory ? limit - plan->memory : 0;
    if (!task->is_memory_known && unknown)
        return task->memory + left / unknown;
    if (unknown || !plan->memory)
        return task->memory;
    double share = (double)task->memory / (double)plan->memory;
    return task->memory + (uint64_t)(share * (double)left);
}
