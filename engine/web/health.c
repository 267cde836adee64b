/* SPDX-License-Identifier: MIT */
#include "engine/web/health.h"

#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/edge/page/task_page.h"

static void add(json_t *reasons, char *reason)
{
    (void)json_array_append_new(reasons, json_string(reason ? reason : "out of memory"));
    free(reason);
}

static enum vf_task_state state_of(const struct vf_web_spec *spec, size_t task)
{
    const struct vf_task_page *page = vf_run_memory_page(spec->memory, (unsigned)task + 1);
    return (enum vf_task_state)atomic_load(&page->state);
}

static void look_at_nodes(const struct vf_web_spec *spec, json_t *reasons)
{
    size_t count = 0;
    for (size_t i = 0; i < spec->plan->task_count; i++) {
        enum vf_task_state state = state_of(spec, i);
        count += state == VF_TASK_STARTING || state == VF_TASK_OPENING;
    }
    if (count)
        add(reasons, vf_text_format("%zu of %zu tasks have not opened their nodes", count,
                                    spec->plan->task_count));
}

static void look_at_moves(const struct vf_web_spec *spec, const struct vf_standstill *standstill,
                          int64_t now_ns, json_t *reasons)
{
    int64_t least_ns = INT64_MAX;
    for (size_t i = 0; i < spec->plan->task_count; i++) {
        int64_t stood_ns = vf_standstill_stood_ns(standstill, (unsigned)i + 1, now_ns);
        if (state_of(spec, i) != VF_TASK_ENDED && stood_ns < least_ns)
            least_ns = stood_ns;
    }
    if (least_ns != INT64_MAX && least_ns >= VF_WEB_STALL_NS)
        add(reasons,
            vf_text_format("nothing has moved for %d seconds", (int)(least_ns / VF_NS_PER_S)));
}

json_t *vf_web_readiness(const struct vf_web_spec *spec, const struct vf_standstill *standstill,
                         int64_t now_ns, bool *is_ready)
{
    enum vf_run_state state = vf_run_memory_state(spec->memory);
    json_t *reasons = json_array();
    if (state != VF_RUN_RUNNING)
        add(reasons, vf_text_format("the run is %s", vf_run_state_name(state)));
    look_at_nodes(spec, reasons);
    look_at_moves(spec, standstill, now_ns, reasons);
    *is_ready = json_array_size(reasons) == 0;
    if (!*is_ready)
        return json_pack("{ss so}", "status", "not ready", "reasons", reasons);
    json_decref(reasons);
    return json_pack("{ss}", "status", "ok");
}
