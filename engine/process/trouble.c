/* SPDX-License-Identifier: MIT */
#include "engine/process/trouble.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/state_folder.h"
#include "engine/base/text.h"
#include "engine/process/trace_file.h"

#define FOLDER "traces"
#define MOST_KEPT 10 /* of all runs together */

/* Returns where the trace is to be, the caller's; NULL: nowhere. */
static char *place_of(const struct vf_engine *engine, enum vf_trouble trouble)
{
    const char *word = trouble == VF_TROUBLE_CRASH ? "crash" : "stall";
    const char *folder = engine->settings.dead_letter;
    char *own = folder ? NULL : vf_state_folder_make(FOLDER);
    char *path = NULL;
    if (own)
        vf_state_folder_thin(own, MOST_KEPT - 1);
    if (folder || own)
        path = vf_text_format("%s/%s-%d.%s.pftrace", folder ? folder : own,
                              engine->presence.card.name[0] ? engine->presence.card.name : "run",
                              (int)getpid(), word);
    free(own);
    return path;
}

static enum vf_exit_status write_trace(const struct vf_observation *observation)
{
    const struct vf_trace_order *order = observation->context;
    enum vf_exit_status status = vf_trace_file_write(observation);
    if (status == VF_EXIT_OK && vf_log_get_level() >= VF_LOG_WARNING)
        vf_log_say("what the tasks did before it is in %s, for ui.perfetto.dev", order->path);
    return status;
}

void vf_trouble_keep(struct vf_engine *engine, enum vf_trouble trouble)
{
    struct vf_trace_order trace = {0};
    struct vf_observer_order order = {
        .name = "trace", .observe = write_trace, .context = &trace, .out_fd = -1};
    if (!engine->settings.keeps_trouble || engine->settings.trace ||
        engine->kept_troubles & (unsigned)trouble)
        return;
    engine->kept_troubles |= (unsigned)trouble;
    char *path = place_of(engine, trouble);
    trace.path = path;
    if (path)
        (void)!vf_observers_start(&engine->observers, engine->plan, engine->memory, &order, NULL);
    free(path);
}
