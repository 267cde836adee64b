/* SPDX-License-Identifier: MIT */
#include "cmd/plan_sandbox.h"

#include <errno.h>
#include <stdio.h>

#include "engine/base/text.h"
#include "engine/flow/plan/view.h"
#include "engine/process/confinement.h"

#define COLUMN 9 /* "enforced", and a space */

struct row {
    struct vf_sandbox *sandbox;
    struct vf_sandbox_state state;
    struct vf_text label, reach;
};

static int make_row(struct row *row, const struct vf_plan *plan, const struct vf_plan_task *task)
{
    *row = (struct row){0};
    int err = vf_confine_task(&row->sandbox, plan, task, &(struct vf_confinement_facts){0});
    vf_plan_task_label(&row->label, task);
    if (err)
        return err;
    vf_sandbox_describe(row->sandbox, &row->state);
    vf_sandbox_print_reach(row->sandbox, &row->reach);
    return row->label.failed || row->reach.failed ? -ENOMEM : VF_OK;
}

static void finish_row(struct row *row)
{
    vf_sandbox_destroy(&row->sandbox);
    vf_text_finish(&row->label);
    vf_text_finish(&row->reach);
}

static int widest(const struct vf_plan *plan)
{
    size_t width = sizeof("task") - 1;
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_text label = {0};
        vf_plan_task_label(&label, &plan->tasks[i]);
        width = label.length > width ? label.length : width;
        vf_text_finish(&label);
    }
    return (int)width;
}

static void print_row(const struct row *row, int width)
{
    printf("  %-*s ", width, row->label.bytes);
    for (unsigned i = 0; i < VF_SANDBOX_KINDS; i++)
        printf(" %-*s", COLUMN, vf_sandbox_level_name(row->state.levels[i]));
    printf(" %s\n", row->reach.bytes);
}

/* Adds why what is not enforced is not: for below the table. */
static void add_reasons(struct vf_text *reasons, const struct row *row)
{
    for (unsigned i = 0; i < VF_SANDBOX_KINDS; i++) {
        bool is_said = i && row->state.reasons[i] == row->state.reasons[i - 1];
        if (row->state.reasons[i] && !is_said)
            vf_text_print(reasons, "  %s, %s %s: %s\n", row->label.bytes, vf_sandbox_kind_name(i),
                          vf_sandbox_level_name(row->state.levels[i]), row->state.reasons[i]);
    }
}

void vf_plan_sandbox_print(const struct vf_plan *plan)
{
    int width = widest(plan);
    struct vf_text reasons = {0};
    puts("\nWhat each task is kept from, and what it may reach:");
    printf("  %-*s ", width, "task");
    for (unsigned i = 0; i < VF_SANDBOX_KINDS; i++)
        printf(" %-*s", COLUMN, vf_sandbox_kind_name(i));
    puts(" reaches");
    for (size_t i = 0; i < plan->task_count; i++) {
        struct row row;
        if (!vf_plan_task_is_shown(&plan->tasks[i]))
            continue;
        if (make_row(&row, plan, &plan->tasks[i]) == VF_OK) {
            print_row(&row, width);
            add_reasons(&reasons, &row);
        }
        finish_row(&row);
    }
    fputs(reasons.bytes && !reasons.failed ? reasons.bytes : "", stdout);
    vf_text_finish(&reasons);
}
