/* SPDX-License-Identifier: MIT */
#include "engine/process/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/account/ledger.h"
#include "engine/account/report_json.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/standard_streams.h"
#include "engine/process/confinement.h"
#include "engine/process/engine_inside.h"
#include "engine/process/exporter.h"
#include "engine/process/hosts.h"
#include "engine/process/news.h"
#include "engine/process/outcomes.h"
#include "engine/process/samples.h"
#include "engine/process/supervisor.h"
#include "engine/process/talk.h"
#include "engine/process/trace_file.h"
#include "engine/run/start_failure.h"
#include "engine/wire/guard/guard.h"
#include "engine/wire/squeeze/squeeze.h"

#define OBSERVERS_PATIENCE_MS 1000 /* for what they have still to hand on */

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
    made->signals.fd = made->service.fd = -1;
    made->gate = VF_START_GATE_NONE;
    made->hosts.bell_fd = -1;
    made->workers = calloc(plan->task_count, sizeof(*made->workers));
    made->outcomes = calloc(plan->task_count, sizeof(*made->outcomes));
    if (!made->workers || !made->outcomes) {
        vf_engine_destroy(engine);
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->task_count; i++)
        vf_supervisor_init_task(made, &plan->tasks[i]);
    return VF_OK;
}

void vf_engine_destroy(struct vf_engine **engine)
{
    struct vf_engine *gone = *engine;
    if (!gone)
        return;
    if (gone->workers && gone->outcomes)
        vf_supervisor_clear(gone);
    vf_hosts_end(gone, VF_EXIT_INTERNAL);
    vf_viewers_end(gone);
    vf_observers_finish(&gone->observers, 0);
    vf_start_gate_close(&gone->gate);
    vf_signals_give_back(&gone->signals);
    vf_service_close(&gone->service);
    vf_descriptor_limit_restore(&gone->files, 0);
    vf_presence_end(gone, gone->state == VF_ENGINE_OVER ? gone->status : VF_EXIT_INTERNAL);
    vf_progress_track_destroy(&gone->track);
    vf_run_history_destroy(&gone->history);
    vf_news_finish(&gone->news);
    vf_run_memory_destroy(&gone->memory);
    vf_run_directory_remove(&gone->directory);
    free(gone->workers);
    free(gone->outcomes);
    free(gone);
    *engine = NULL;
}

/* Makes the folder of the run, which only sockets cannot do without. */
static int settle_directory(struct vf_engine *engine)
{
    if (vf_plan_has_sockets(engine->plan))
        return vf_run_directory_create(&engine->directory);
    if (engine->settings.is_findable)
        (void)!vf_run_directory_try(&engine->directory);
    return VF_OK;
}

/* Makes what the sockets need, if there are any: over TCP keys of this run's own. */
static int settle_address(struct vf_engine *engine)
{
    const struct vf_transport *transport = &engine->plan->transport;
    int err = settle_directory(engine);
    if (err || !vf_plan_has_sockets(engine->plan))
        return err;
    engine->address.directory = engine->directory.path;
    if (transport->kind == VF_TRANSPORT_IPC)
        return VF_OK;
    engine->address.host = transport->host;
    engine->address.base = engine->plan->host_count ? engine->plan->hosts[0].base : transport->base;
    if (engine->plan->here >= 0)
        return VF_OK; /* hosts.h has its own */
    if (transport->is_insecure)
        return VF_OK; /* said aloud by the check of the flow */
    engine->address.keys = &engine->keys;
    return vf_wire_guard_make_keys(&engine->keys);
}

int vf_engine_load_wires(const struct vf_plan *plan)
{
    bool has_squeezed = false, has_h264 = false, encodes = false;
    for (size_t i = 0; i < plan->edge_count; i++) {
        enum vf_wire_form form = vf_plan_edge_form(plan, &plan->edges[i]);
        has_squeezed |= form != VF_WIRE_RAW;
        has_h264 |= form == VF_WIRE_H264;
        encodes |=
            form == VF_WIRE_H264 && vf_plan_is_here(plan, vf_plan_sender(plan, &plan->edges[i]));
    }
    const struct vf_squeeze_way *h264 = has_h264 ? vf_squeeze_h264() : NULL;
    if ((has_squeezed && !vf_squeeze_lz4()) || (has_h264 && !h264))
        return -ELIBACC;
    if (encodes && !h264->is_possible()) {
        vf_log(VF_LOG_ERROR, "wire: h264 needs libx264, which the libavcodec here is without");
        return -ENOSYS;
    }
    return VF_OK;
}

static int prepare(struct vf_engine *engine)
{
    vf_standard_streams_fill();
    vf_descriptor_limit_raise(&engine->files);
    if (engine->settings.tells_service)
        vf_service_open(&engine->service);
    int err = vf_signals_take(&engine->signals, engine->settings.handles_signals);
    if (err) {
        struct vf_start_attempt attempt = {.purpose = "hear signals",
                                           .call = "signalfd",
                                           .descriptors = vf_run_memory_descriptors(engine->plan)};
        return vf_start_failure(&attempt, err);
    }
    err = vf_confine_check(engine->plan, &(struct vf_confinement_facts){0});
    if (!err)
        err = settle_address(engine);
    if (!err)
        err = vf_engine_load_wires(engine->plan);
    if (!err)
        err = vf_presence_begin(engine);
    if (!err)
        err = vf_run_memory_create(&engine->memory, engine->plan);
    if (!err)
        err = vf_hosts_begin(engine);
    if (!err)
        err = vf_viewers_begin(engine);
    if (!err)
        err = vf_start_gate_make(&engine->gate, vf_run_memory_descriptors(engine->plan));
    return err;
}

/* Has an observer write the trace that is asked for. */
static int begin_trace(struct vf_engine *engine)
{
    struct vf_trace_order order = {.path = engine->settings.trace};
    struct vf_observer_order observer = {.name = "trace",
                                         .observe = vf_trace_file_record,
                                         .context = &order,
                                         .out_fd = -1,
                                         .counts = true};
    struct vf_start_attempt attempt = {.purpose = "start the process that writes the trace",
                                       .call = "fork"};
    if (!engine->settings.trace)
        return VF_OK;
    int err = vf_observers_start(&engine->observers, engine->plan, engine->memory, &observer, NULL);
    return err ? vf_start_failure(&attempt, err) : VF_OK;
}

int vf_engine_allocate(struct vf_engine *engine)
{
    if (engine->state != VF_ENGINE_NEW)
        return -EALREADY;
    engine->state = VF_ENGINE_BROKEN; /* until it is whole */
    engine->started_ns = vf_clock_now_ns();
    engine->started_since_1970_ns = vf_clock_since_1970_ns();
    vf_watch_clock_look(&engine->clock, engine->started_ns);
    int err = prepare(engine);
    if (!err) {
        engine->state = VF_ENGINE_STARTING;
        err = vf_hosts_meet(engine);
    }
    if (!err && !engine->is_called_off)
        err = vf_supervisor_start(engine);
    if (!err && !engine->is_called_off)
        err = vf_supervisor_watch_start(engine);
    if (!err && !engine->is_called_off)
        err = begin_trace(engine);
    if (!err && !engine->is_called_off)
        vf_exporter_start(engine);
    if (!err && !engine->is_called_off)
        vf_news_begin(engine);
    if (!err && !engine->is_called_off)
        err = vf_start_gate_open(&engine->gate, engine->running);
    if (err) {
        vf_supervisor_clear(engine);
        engine->state = VF_ENGINE_BROKEN;
        return err;
    }
    engine->begun_ns = engine->clock.now_ns;
    if (engine->course == VF_COURSE_RUN)
        vf_run_memory_tell_state(engine->memory, VF_RUN_RUNNING);
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

static bool is_whole(const struct vf_engine *engine, const struct vf_plan_task *task)
{
    return vf_plan_is_here(engine->plan, task)
               ? vf_outcome_is_whole(engine, &engine->outcomes[task->id - 1])
               : vf_hosts_is_whole(engine, task);
}

/* Checks that every message is accounted for. What was halted or died need only be possible. */
static int check_ledger(struct vf_engine *engine)
{
    bool *whole = calloc(engine->plan->task_count, sizeof(*whole));
    if (!whole)
        return -ENOMEM;
    for (size_t i = 0; i < engine->plan->task_count; i++)
        whole[i] = is_whole(engine, &engine->plan->tasks[i]);
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
        vf_observers_finish(&engine->observers, OBSERVERS_PATIENCE_MS);
        vf_viewers_end(engine);
        if (engine->observers.have_failed)
            vf_supervisor_fail(engine, VF_EXIT_OUTPUT_FAILED);
        engine->ended_ns = vf_clock_now_ns();
        vf_samples_end(engine);
        if (!err)
            err = check_ledger(engine);
        if (err)
            return err;
        if (!engine->is_called_off)
            vf_talk_rows(engine);
        engine->status = vf_hosts_conclude(engine, vf_supervisor_conclude(engine));
        vf_hosts_end(engine, engine->status);
        vf_talk_end(engine);
        vf_presence_end(engine, engine->status);
        vf_run_directory_remove(&engine->directory);
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

static struct vf_run_record record_of(const struct vf_engine *engine, enum vf_exit_status status)
{
    int64_t now_ns = vf_clock_now_ns();
    return (struct vf_run_record){
        .plan = engine->plan,
        .memory = engine->memory,
        .versions = engine->settings.versions,
        .outcomes = engine->outcomes,
        .started_ns = engine->started_ns ? engine->started_ns : now_ns,
        .ended_ns = engine->ended_ns ? engine->ended_ns : now_ns,
        .status = status,
        .is_balanced = !engine->is_unbalanced,
        .dropped_lines = vf_talk_count_dropped(engine),
        .history = engine->history,
    };
}

int vf_engine_hear_stop(const struct vf_engine *engine)
{
    int number = vf_signals_next(&engine->signals);
    while (number == SIGUSR1 || number == SIGWINCH)
        number = vf_signals_next(&engine->signals);
    return number && vf_signals_is_echo(&engine->signals, vf_clock_now_ns()) ? 0 : number;
}

int vf_engine_account(const struct vf_engine *engine, enum vf_exit_status status, json_t **report)
{
    const struct vf_run_record record = record_of(engine, status);
    return vf_report_json_make(&record, report);
}

int vf_engine_report(const struct vf_engine *engine, const char *path, enum vf_exit_status status)
{
    const struct vf_run_record record = record_of(engine, status);
    return vf_report_json_write(path, &record);
}
