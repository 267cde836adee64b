/* SPDX-License-Identifier: MIT */
#include "engine/process/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/status.h"
#include "engine/account/task_rows.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/process/change.h"
#include "engine/process/engine_inside.h"
#include "engine/process/named_task.h"
#include "engine/process/renewal.h"
#include "engine/process/supervisor.h"
#include "engine/process/tap_request.h"
#include "engine/process/trace_file.h"

static void answer_status(void *context, const json_t *request, struct vf_control_answer *answer)
{
    const struct vf_engine *engine = context;
    struct vf_progress progress;
    (void)request;
    vf_progress_track_read(engine->track, engine->clock.now_ns, &progress);
    answer->object =
        vf_status_json(&engine->presence.card, engine->plan, engine->memory, &progress);
    if (!answer->object)
        vf_control_refuse(answer, "the run has no memory left to answer");
}

static void answer_tasks(void *context, const json_t *request, struct vf_control_answer *answer)
{
    const struct vf_engine *engine = context;
    answer_status(context, request, answer);
    json_t *rows = answer->error ? NULL : vf_task_rows_json(engine->plan, engine->memory);
    int err = rows ? json_object_set_new(answer->object, "rows", rows) : -ENOMEM;
    if (!err)
        err = json_object_set_new(answer->object, "now_ns", json_integer(vf_clock_now_ns()));
    if (err)
        vf_control_refuse(answer, "the run has no memory left to answer");
}

static void answer_stop(void *context, const json_t *request, struct vf_control_answer *answer)
{
    static const struct {
        const char *name;
        enum vf_course course;
    } levels[] = {{"drain", VF_COURSE_DRAIN}, {"halt", VF_COURSE_HALT}, {"kill", VF_COURSE_KILL}};
    const char *level = vf_control_text(request, "level", answer);
    for (size_t i = 0; level && i < VF_COUNT(levels); i++) {
        if (strcmp(levels[i].name, level) != 0)
            continue;
        vf_supervisor_stop(context, levels[i].course);
        answer->is_later = json_is_true(json_object_get(request, "wait"));
        return;
    }
    if (level)
        vf_control_refuse(answer, "there is no level \"%.32s\" of stopping", level);
}

static void answer_wait(void *context, const json_t *request, struct vf_control_answer *answer)
{
    (void)context;
    (void)request;
    answer->is_later = true; /* vf_presence_end() answers it */
}

static void answer_restart(void *context, const json_t *request, struct vf_control_answer *answer)
{
    const char *task = vf_control_text(request, "task", answer);
    if (task)
        vf_renewal_begin(context, task, answer);
}

/* Whether a request names this task, or all. */
static bool is_meant(const struct vf_plan_task *task, const char *name)
{
    return name ? vf_named_task_is(task, name) : task->node->kind == VF_PRODUCER;
}

static void pause_tasks(const struct vf_engine *engine, const json_t *request, bool is_paused,
                        struct vf_control_answer *answer)
{
    const char *name = json_string_value(json_object_get(request, "task"));
    json_t *names = json_array();
    size_t found = 0;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        const struct vf_plan_task *task = &engine->plan->tasks[i];
        if (!is_meant(task, name) || task->is_leaving)
            continue;
        found++;
        if (task->node->kind != VF_PRODUCER || !vf_plan_is_here(engine->plan, task))
            continue;
        vf_run_memory_pause(engine->memory, task->id, is_paused);
        json_array_append_new(names, json_string(task->name));
    }
    if (name && !found)
        vf_named_task_refuse(engine->plan, name, answer);
    else if (!json_array_size(names))
        vf_control_refuse(answer, "%s: only sources can be paused",
                          name ? name : "this host has none");
    if (answer->error)
        json_decref(names);
    else
        answer->object = json_pack("{so}", "tasks", names);
}

static void answer_pause(void *context, const json_t *request, struct vf_control_answer *answer)
{
    pause_tasks(context, request, true, answer);
}

static void answer_resume(void *context, const json_t *request, struct vf_control_answer *answer)
{
    pause_tasks(context, request, false, answer);
}

/* Has an observer begin to write into a pipe, whose other end goes with the answer. */
static void answer_by_pipe(struct vf_engine *engine, struct vf_observer_order *order,
                           struct vf_control_answer *answer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        vf_control_refuse(answer, "the run cannot make a pipe: %s", strerror(errno));
        return;
    }
    order->out_fd = ends[1];
    int err = vf_observers_start(&engine->observers, engine->plan, engine->memory, order, NULL);
    close(ends[1]);
    if (err == -EBUSY)
        vf_control_refuse(answer, "%d programs look at the run already", VF_OBSERVERS_MOST);
    else if (err)
        vf_control_refuse(answer, "the run cannot start a process: %s", strerror(-err));
    if (err)
        close(ends[0]);
    else
        answer->descriptors[answer->descriptor_count++] = ends[0];
}

static void answer_trace(void *context, const json_t *request, struct vf_control_answer *answer)
{
    struct vf_engine *engine = context;
    double seconds = json_number_value(json_object_get(request, "seconds"));
    int64_t now_ns = vf_clock_now_ns();
    struct vf_trace_order trace = {.from_ns = now_ns};
    struct vf_observer_order order = {
        .name = "trace", .observe = vf_trace_file_write, .context = &trace};
    if (engine->state != VF_ENGINE_RUNNING) {
        vf_control_refuse(answer, "the run has not begun yet");
        return;
    }
    if (seconds > 0 && seconds < (double)now_ns / VF_NS_PER_S)
        trace.from_ns -= (int64_t)(seconds * VF_NS_PER_S);
    else
        trace.from_ns = 0;
    answer_by_pipe(engine, &order, answer);
}

static void answer_tap(void *context, const json_t *request, struct vf_control_answer *answer)
{
    const char *place = vf_control_text(request, "place", answer);
    if (place)
        vf_tap_request(context, place, answer);
}

static void answer_change(void *context, const json_t *request, struct vf_control_answer *answer)
{
    const char *file = vf_control_text(request, "file", answer);
    if (file)
        vf_change_begin(context, file, answer);
}

static void answer_view(void *context, const json_t *request, struct vf_control_answer *answer)
{
    vf_viewers_request(context, request, answer);
}

static const struct vf_control_request requests[] = {
    {"pause", answer_pause},     {"resume", answer_resume}, {"change", answer_change},
    {"restart", answer_restart}, {"status", answer_status}, {"stop", answer_stop},
    {"tap", answer_tap},         {"tasks", answer_tasks},   {"trace", answer_trace},
    {"view", answer_view},       {"wait", answer_wait},
};

const struct vf_control_requests vf_requests = VF_LIST(requests);

static const struct vf_control_request to_look[] = {{"tap", answer_tap}};
static const struct vf_control_request to_steer[] = {{"pause", answer_pause},
                                                     {"restart", answer_restart},
                                                     {"resume", answer_resume},
                                                     {"stop", answer_stop},
                                                     {"tap", answer_tap}};

const struct vf_control_requests vf_requests_to_look = VF_LIST(to_look);
const struct vf_control_requests vf_requests_to_steer = VF_LIST(to_steer);
