/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/run_link.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"

struct restart_values {
    int64_t timeout_ns;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "timeout", "SECONDS", "How long to wait for the new process",
            VF_DURATION(struct restart_values, timeout_ns), VF_RANGE(0.001, 1e6), .fallback = "60"),
};

/* Returns whether all have a new process. */
static bool report(const json_t *answer)
{
    bool is_whole = true;
    size_t i;
    const json_t *task;
    json_array_foreach(json_object_get(answer, "tasks"), i, task)
    {
        const char *name = json_string_value(json_object_get(task, "name"));
        const json_t *pid = json_object_get(task, "pid");
        if (json_is_integer(pid))
            printf("%s: restarted (process %" JSON_INTEGER_FORMAT ")\n", name ? name : "?",
                   json_integer_value(pid));
        else
            printf("%s: has ended\n", name ? name : "?");
        is_whole = is_whole && json_is_integer(pid);
    }
    return is_whole;
}

static enum vf_exit_status restart_task(const char *run, const char *task,
                                        const struct restart_values *values)
{
    struct vf_run_link link;
    json_t *answer;
    enum vf_exit_status status = vf_run_link_open(&link, run);
    if (status != VF_EXIT_OK)
        return status;
    link.patience_ms = (int)(values->timeout_ns / VF_NS_PER_MS);
    int err =
        vf_run_link_ask(&link, json_pack("{ss ss}", "request", "restart", "task", task), &answer);
    bool is_whole = !err && json_object_get(answer, "tasks") && report(answer);
    if (err >= 0 && !json_object_get(answer, "tasks"))
        vf_log(VF_LOG_ERROR, "%s has ended meanwhile", link.card.name);
    json_decref(answer);
    vf_run_link_close(&link);
    return is_whole ? VF_EXIT_OK : VF_EXIT_FAILED;
}

static int restart(int argc, char **argv)
{
    struct restart_values values = {0};
    struct vf_operands words;
    int err = vf_command_line_parse(&vf_command_restart, argc, argv, &values, &words);
    if (err)
        return (int)vf_command_line_status(err);
    const char *run = words.count > 1 ? words.items[0] : NULL;
    enum vf_exit_status status = restart_task(run, words.items[words.count - 1], &values);
    vf_command_line_release(&vf_command_restart, &values);
    return (int)status;
}

const struct vf_command vf_command_restart = {
    .name = "restart",
    .summary = "Give a task of a run a new process.",
    .details =
        "The operands are RUN and TASK; without RUN, it is the only run there is. TASK is a task, "
        "such as detect.2, or a node with all its replicas.",
    .operand = "[RUN] TASK",
    .operand_kind = VF_OPERAND_RUN,
    .minimum_operands = 1,
    .maximum_operands = 2,
    .flags = VF_LIST(flags),
    .run = restart,
};
