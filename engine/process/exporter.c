/* SPDX-License-Identifier: MIT */
#include "engine/process/exporter.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/otlp/otlp.h"
#include "engine/process/engine_inside.h"
#include "engine/sandbox/sandbox.h"

#define PATIENCE_MS \
    ((int)(VF_OTLP_PATIENCE_NS / VF_NS_PER_MS) + 1000) /* it ends by itself before */

/* What the observer is given. */
struct export
{
    const struct vf_otlp_settings *settings;
    const char *name;
    int64_t since_1970_ns; /* when the run began */
    int64_t since_ns;      /* when this process is to begin; 0: with the run */
    pid_t pid;
};

/* Takes from this process what it does not need. Where that cannot be, it goes on without. */
static int confine(void)
{
    static _Atomic uint32_t refused; /* nobody asks */
    const struct vf_sandbox_spec spec = {.wish = VF_SANDBOX_ON, .is_client = true};
    struct vf_sandbox *sandbox = NULL;
    int err = vf_sandbox_create(&sandbox, &spec);
    if (!err)
        err = vf_sandbox_enter_places(sandbox);
    if (!err)
        err = vf_sandbox_enter_calls(sandbox, &refused);
    vf_sandbox_destroy(&sandbox);
    return err;
}

static enum vf_exit_status observe(const struct vf_observation *observation)
{
    const struct export *export = observation->context;
    const struct vf_figures figures = {.plan = observation->plan,
                                       .memory = observation->memory,
                                       .name = export->name,
                                       .pid = export->pid,
                                       .since_1970_ns = export->since_1970_ns};
    struct vf_otlp *otlp = NULL;
    int err = vf_otlp_create(&otlp, export->settings, &figures, export->since_ns);
    if (err)
        return VF_EXIT_INTERNAL; /* it has said why */
    err = confine();
    if (err)
        vf_log(VF_LOG_WARNING, "--otlp: the process that sends cannot be confined: %s",
               strerror(-err));
    vf_otlp_run(otlp, observation->stop_fd);
    vf_otlp_destroy(&otlp);
    return VF_EXIT_OK;
}

static void start(struct vf_engine *engine, int64_t since_ns)
{
    const char *name = engine->presence.card.name;
    struct export export = {
        .settings = engine->settings.otlp,
        .name = *name ? name : engine->settings.name,
        .pid = getpid(),
        .since_1970_ns = engine->started_since_1970_ns,
        .since_ns = since_ns,
    };
    const struct vf_observer_order order = {.name = "otlp",
                                            .observe = observe,
                                            .context = &export,
                                            .out_fd = -1,
                                            .patience_ms = PATIENCE_MS};
    if (!export.settings)
        return;
    engine->exporter = 0;
    int err = vf_observers_start(&engine->observers, engine->plan, engine->memory, &order,
                                 &engine->exporter);
    if (err)
        vf_log(VF_LOG_WARNING, "--otlp: the process that sends cannot be started: %s",
               strerror(-err));
}

void vf_exporter_start(struct vf_engine *engine)
{
    start(engine, 0);
}

void vf_exporter_renew(struct vf_engine *engine)
{
    int64_t now_ns = vf_clock_now_ns();
    if (engine->exporter > 0)
        vf_observers_relieve(&engine->observers, engine->exporter, now_ns);
    start(engine, now_ns);
}
