/* SPDX-License-Identifier: MIT */
#include "engine/process/named_task.h"

#include <string.h>

#include "engine/flow/hint.h"

bool vf_named_task_is(const struct vf_plan_task *task, const char *name)
{
    size_t length = strlen(name);
    if (task->is_leaving)
        return false; /* another may have its name by now */
    bool is_replica = task->replica && strncmp(task->name, name, length) == 0 &&
                      strrchr(task->name, '.') == task->name + length;
    return strcmp(task->name, name) == 0 || is_replica;
}

void vf_named_task_refuse(const struct vf_plan *plan, const char *name,
                          struct vf_control_answer *answer)
{
    struct vf_hint hint = {.nearest.wanted = name};
    for (size_t i = 0; i < plan->task_count; i++) {
        if (!plan->tasks[i].is_leaving)
            vf_hint_consider(&hint, plan->tasks[i].name);
    }
    vf_control_refuse(answer, "there is no task \"%.64s\"%s", name,
                      vf_hint_text(&hint, "the tasks are"));
    vf_hint_finish(&hint);
}
