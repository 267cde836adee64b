/* SPDX-License-Identifier: MIT */
#include "engine/process/presence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/process/engine_inside.h"
#include "engine/process/requests.h"

#define LAST_PATIENCE_MS 200

/* Returns the path of the flow file as everybody can read it, the caller's. */
static char *whole_path(const char *file)
{
    char *path = strcmp(file, "-") == 0 ? NULL : realpath(file, NULL);
    char *shown = vf_display_utf8(path ? path : file);
    free(path);
    return shown;
}

static int fill_card(struct vf_engine *engine)
{
    const char *file = engine->plan->file ? engine->plan->file : "-";
    struct vf_run_card *card = &engine->presence.card;
    const char *asked = engine->settings.name;
    card->pid = getpid();
    card->is_realtime = engine->plan->mode == VF_MODE_REALTIME;
    vf_clock_print_utc(card->since, vf_clock_since_1970_ns());
    card->flow = whole_path(file);
    if (asked)
        snprintf(card->name, sizeof(card->name), "%s", asked);
    else
        vf_run_name_of_flow(card->name, file);
    return card->flow ? VF_OK : -ENOMEM;
}

/* Without a card or a socket, what there is of both goes; but not the sockets of the flow. */
static void do_without(struct vf_engine *engine, const char *why)
{
    vf_log(engine->settings.must_be_findable ? VF_LOG_WARNING : VF_LOG_INFO,
           "other programs cannot find this run: %s", why);
    vf_run_card_withdraw(&engine->presence.card);
}

int vf_presence_begin(struct vf_engine *engine)
{
    if (!engine->settings.is_findable)
        return VF_OK;
    int err = fill_card(engine);
    if (!err && !engine->directory.path) {
        do_without(engine, engine->directory.lack);
        return VF_OK;
    }
    if (!err)
        err = vf_run_card_publish(&engine->directory, &engine->presence.card,
                                  engine->settings.name != NULL);
    if (err == -EEXIST) {
        vf_log(VF_LOG_ERROR, "a run called %s is there already; see vflow ps",
               engine->settings.name);
        return err;
    }
    if (!err)
        err = vf_control_create(&engine->presence.control, engine->directory.path, &vf_requests,
                                engine);
    if (err)
        do_without(engine, strerror(-err));
    return VF_OK;
}

bool vf_presence_awaits_ready(const struct vf_engine *engine)
{
    bool is_asked = engine->settings.on_ready || engine->service.fd >= 0;
    return engine->state == VF_ENGINE_RUNNING && is_asked && !engine->is_ready;
}

/* Whether a node is open, or was. One that could not be opened is finished at once. */
static bool was_opened(const struct vf_task_page *page)
{
    uint32_t state = atomic_load(&page->state);
    if (state == VF_TASK_ENDED)
        return atomic_load(&page->end_reason) != VF_END_FAILED;
    return state == VF_TASK_BUSY || state == VF_TASK_WAITING || state == VF_TASK_BLOCKED;
}

static bool are_all_open(const struct vf_engine *engine)
{
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        if (vf_plan_is_here(engine->plan, &engine->plan->tasks[i]) &&
            !was_opened(vf_run_memory_page(engine->memory, (unsigned)i + 1)))
            return false;
    }
    return true;
}

void vf_presence_look(struct vf_engine *engine)
{
    bool is_late = engine->clock.now_ns - engine->begun_ns >= VF_READY_PATIENCE_NS;
    if (!vf_presence_awaits_ready(engine) || engine->failure != VF_EXIT_OK ||
        !(is_late || are_all_open(engine)))
        return;
    engine->is_ready = true;
    vf_service_tell(&engine->service, "READY=1\nMAINPID=%d", (int)getpid());
    if (engine->settings.on_ready)
        engine->settings.on_ready(engine->settings.context, &engine->presence.card);
}

void vf_presence_end(struct vf_engine *engine, enum vf_exit_status status)
{
    struct vf_presence *presence = &engine->presence;
    vf_control_answer_all(presence->control,
                          json_pack("{ss si}", "state", "ended", "status", (int)status));
    vf_control_flush(presence->control, LAST_PATIENCE_MS);
    vf_control_destroy(&presence->control);
    vf_run_card_finish(&presence->card);
}
