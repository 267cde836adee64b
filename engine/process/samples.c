/* SPDX-License-Identifier: MIT */
#include "engine/process/samples.h"

#include "engine/account/run_history.h"
#include "engine/base/clock.h"
#include "engine/process/engine_inside.h"

#define SAMPLES 240                     /* as many as a chart has room for */
#define INTERVAL_NS (50 * VF_NS_PER_MS) /* at first; twice that whenever all are taken */

int vf_samples_begin(struct vf_engine *engine)
{
    const struct vf_run_history_settings settings = {
        .span = VF_RUN_HISTORY_WHOLE,
        .most = SAMPLES,
        .interval_ns = INTERVAL_NS,
        .started_ns = engine->started_ns,
        .now_ns = vf_clock_now_ns(),
    };
    return engine->settings.keeps_history
               ? vf_run_history_create(&engine->history, engine->plan, engine->memory, &settings)
               : VF_OK;
}

int64_t vf_samples_timeout(const struct vf_engine *engine, int64_t timeout_ms)
{
    if (!engine->history)
        return timeout_ms;
    int64_t left_ns = vf_run_history_due_ns(engine->history) - vf_clock_now_ns();
    int64_t left_ms = left_ns > 0 ? left_ns / VF_NS_PER_MS + 1 : 0;
    return left_ms < timeout_ms ? left_ms : timeout_ms;
}

void vf_samples_look(struct vf_engine *engine)
{
    if (engine->history)
        (void)vf_run_history_note(engine->history, vf_clock_now_ns());
}

void vf_samples_end(struct vf_engine *engine)
{
    if (engine->history)
        (void)vf_run_history_take(engine->history, engine->ended_ns);
}
