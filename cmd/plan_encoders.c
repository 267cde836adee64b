/* SPDX-License-Identifier: MIT */
#include "cmd/plan_encoders.h"

#include <stdio.h>

#include "engine/flow/plan/view.h"
#include "engine/node/option/workers.h"

#define MEGABYTE 1e6

/* Returns what an option of a kind that is kept as an int, or as an enum, was set to. */
static int value_of(const struct vf_option *option, const void *options)
{
    return *(const int *)(const void *)((const char *)options + option->offset);
}

/* Returns what the first input of a task brings, as far as it is known. */
static struct vf_forecast first_input(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
        if (edge->input == 0 && sender->forecasts)
            return sender->forecasts[edge->sender_port];
    }
    return (struct vf_forecast){0};
}

bool vf_plan_encoders_describe(const struct vf_plan *plan, const struct vf_plan_task *task,
                               struct vf_text *text)
{
    const struct vf_option_list *all = &task->node->options;
    const struct vf_option *split = vf_option_find(all, "split"), *gop = vf_option_find(all, "gop");
    const struct vf_option *asked = vf_option_find(all, "workers");
    bool knows_groups = split && gop && asked && asked->kind == &vf_kind_workers;
    if (task->group || !knows_groups || !value_of(split, task->options))
        return false;
    const struct vf_forecast frames = first_input(plan, task);
    const struct vf_rational rate = frames.video.frame_rate;
    unsigned workers = vf_workers_count(value_of(asked, task->options));
    unsigned group = (unsigned)value_of(gop, task->options);
    unsigned waiting = vf_workers_waiting(workers, group);
    vf_text_print(text, "%u group%s of %u frames at a time; up to %u frames wait for that", workers,
                  workers == 1 ? "" : "s", group, waiting);
    if (frames.is_known && frames.payload_bytes)
        vf_text_print(text, ", %.1f MB of that memory",
                      (double)waiting * (double)frames.payload_bytes / MEGABYTE);
    if (rate.num > 0 && rate.den > 0)
        vf_text_print(text, "; live, a frame is written up to %.1f s later",
                      (double)workers * group * rate.den / rate.num);
    return true;
}

void vf_plan_encoders_print(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        struct vf_text text = {0};
        if (vf_plan_task_is_shown(task) && vf_plan_encoders_describe(plan, task, &text) &&
            text.bytes && !text.failed)
            printf("  encodes %s: %s\n", task->name, text.bytes);
        vf_text_finish(&text);
    }
}
