/* SPDX-License-Identifier: MIT */
#include "engine/account/status.h"

#include "engine/account/progress_line.h"

static unsigned count_restarts(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    unsigned restarts = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        restarts += vf_run_memory_restarts(memory, plan->tasks[i].id);
    return restarts;
}

json_t *vf_status_json(const struct vf_run_card *card, const struct vf_plan *plan,
                       const struct vf_run_memory *memory, const struct vf_progress *progress)
{
    json_t *object = vf_progress_json(progress);
    json_t *own =
        json_pack("{ss si ss ss ss ss si si}", "name", card->name, "pid", (int)card->pid, "flow",
                  card->flow, "mode", card->is_realtime ? "realtime" : "batch", "since",
                  card->since, "state", vf_run_state_name(vf_run_memory_state(memory)), "restarts",
                  (int)count_restarts(plan, memory), "tasks", (int)plan->task_count);
    if (!object || !own || json_object_update(own, object) != 0) {
        json_decref(own);
        own = NULL;
    }
    json_decref(object);
    return own;
}
