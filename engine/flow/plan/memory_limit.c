/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/memory_limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/plan/view.h"

#define MEGABYTE 1e6
#define MOST_NAMED 8

/* Adds "reader 89.1 MB (27 of 3.3 MB)". */
static void describe_task(struct vf_text *text, const struct vf_plan_task *task)
{
    unsigned replicas = task->replica ? task->replica_count : 1;
    vf_plan_task_label(text, task);
    vf_text_print(text, " %.1f MB", (double)task->memory * replicas / MEGABYTE);
    if (task->pool_count == 1)
        vf_text_print(text, " (%u of %.1f MB%s)", task->pools[0].count,
                      (double)vf_arena_place_size(task->pools[0].size) / MEGABYTE,
                      task->replica ? " each" : "");
}

/* Says who needs the memory, and what would help. */
static void describe_needs(struct vf_text *text, const struct vf_plan *plan)
{
    unsigned named = 0, unnamed = 0;
    bool has_replicas = false;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        has_replicas |= task->replica > 0;
        if (!task->memory || !vf_plan_task_is_shown(task))
            continue;
        if (named == MOST_NAMED) {
            unnamed++;
            continue;
        }
        vf_text_print(text, "%s", named++ ? ", " : "");
        describe_task(text, task);
    }
    if (unnamed)
        vf_text_print(text, ", and %u more", unnamed);
    vf_text_print(text, "; smaller queues%s or smaller frames would help",
                  has_replicas ? ", fewer replicas" : "");
}

int vf_flow_memory_check(const struct vf_flow *flow, const struct vf_plan *plan,
                         struct vf_diagnostics *diagnostics)
{
    struct vf_text needs = {0};
    if (!plan->memory_limit || plan->memory <= plan->memory_limit)
        return VF_OK;
    describe_needs(&needs, plan);
    char *text = vf_text_take(&needs);
    if (!text)
        return -ENOMEM;
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "too-much-memory", flow->memory_place,
                       "the frames of this flow need %.1f MB, more than the %.1f MB of memory that "
                       "it may have: %s",
                       (double)plan->memory / MEGABYTE, (double)plan->memory_limit / MEGABYTE,
                       text);
    free(text);
    return diagnostics->failure ? diagnostics->failure : -EINVAL;
}

int vf_flow_memory_check_machine(const struct vf_plan *plan,
                                 const struct vf_memory_sources *sources)
{
    struct vf_memory_available available;
    if (vf_memory_available(sources, &available) < 0 || plan->memory <= available.bytes) {
        free(available.group);
        return VF_OK;
    }
    struct vf_text needs = {0};
    describe_needs(&needs, plan);
    vf_log(VF_LOG_ERROR,
           "%s: its frames need %.1f MB, but %s%s has only %.1f MB of memory left: %s", plan->file,
           (double)plan->memory / MEGABYTE, available.group ? "the control group " : "this machine",
           available.group ? available.group : "", (double)available.bytes / MEGABYTE,
           needs.failed ? "" : needs.bytes);
    vf_text_finish(&needs);
    free(available.group);
    return -ENOMEM;
}
