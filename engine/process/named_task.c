/* SPDX-License-Identifier: MIT */
#include "engine/process/named_task.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/hint.h"

#define MOST_NAMES 8 /* in an answer */

bool vf_named_task_is(const struct vf_plan_task *task, const char *name)
{
    size_t length = strlen(name);
    if (task->is_leaving)
        return false; /* another may have its name by now */
    bool is_replica = task->replica && strncmp(task->name, name, length) == 0 &&
                      strrchr(task->name, '.') == task->name + length;
    return strcmp(task->name, name) == 0 || is_replica;
}

/* Returns whether one part of a name with slashes is the first `length` bytes of `word`. */
static bool has_part(const char *name, const char *word, size_t length)
{
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        size_t size = strcspn(part, "/");
        bool is_replica = size > length && part[length] == '.';
        if (strncmp(part, word, length) == 0 && (size == length || is_replica))
            return true;
    }
    return false;
}

/* Returns whether the node of that name is in this task, or the task in it: a sub-flow, a loop or a
 * group. */
static bool is_inside(const struct vf_plan_task *task, const char *word, size_t length)
{
    if (has_part(task->name, word, length))
        return true;
    for (size_t i = 0; task->group && i < vf_group_member_count(task->group); i++) {
        if (has_part(vf_group_member_name(task->group, i), word, length))
            return true;
    }
    return false;
}

/* Returns how many tasks are meant by a part of their names, which are added to *names. */
static size_t find_inside(const struct vf_plan *plan, const char *word, size_t length,
                          struct vf_text *names)
{
    size_t count = 0;
    for (size_t i = 0; length && i < plan->task_count; i++) {
        if (plan->tasks[i].is_leaving || !is_inside(&plan->tasks[i], word, length))
            continue;
        if (count < MOST_NAMES)
            vf_text_print(names, "%s%s", count ? ", " : "", plan->tasks[i].name);
        count++;
    }
    if (count > MOST_NAMES)
        vf_text_print(names, " and %zu more", count - MOST_NAMES);
    return count;
}

void vf_named_task_refuse(const struct vf_plan *plan, const char *name,
                          struct vf_control_answer *answer)
{
    struct vf_hint hint = {.nearest.wanted = name};
    struct vf_text names = {0};
    const char *dot = strrchr(name, '.'); /* a port follows, or the number of a replica */
    size_t count = find_inside(plan, name, strlen(name), &names);
    if (!count && dot)
        count = find_inside(plan, name, (size_t)(dot - name), &names);
    for (size_t i = 0; i < plan->task_count; i++) {
        if (!plan->tasks[i].is_leaving)
            vf_hint_consider(&hint, plan->tasks[i].name);
    }
    if (count && names.bytes)
        vf_control_refuse(answer, "there is no task \"%.64s\"; %s: %s", name,
                          count == 1 ? "this task is meant" : "name one of these", names.bytes);
    else
        vf_control_refuse(answer, "there is no task \"%.64s\"%s", name,
                          vf_hint_text(&hint, "the tasks are"));
    vf_text_finish(&names);
    vf_hint_finish(&hint);
}
