/* SPDX-License-Identifier: MIT */
/* report.h - what a run reports: a table of its tasks.
 *
 * Everything is read from the tasks' pages, without asking them.
 */
#ifndef VF_ENGINE_ACCOUNT_REPORT_H
#define VF_ENGINE_ACCOUNT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/text.h"
#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"
#include "engine/run/outcome.h"

/* Figures of one task. */
struct vf_task_figures {
    uint64_t in, out, dropped, errors;
    bool has_in, has_out;
    double fps, busy; /* busy: part of its time, 0 to 1 */
};

struct vf_task_figures vf_report_figures(const struct vf_plan_task *task,
                                         const struct vf_run_memory *memory);

/* Returns the word for a state, "?" for one that there is not. */
const char *vf_report_state_name(enum vf_task_state state);

/* Returns how many tasks the node has that begins with task number `first` of the plan, from 0: its
 * replicas follow each other. */
size_t vf_report_node_tasks(const struct vf_plan *plan, size_t first);

/* The figures of that node: the sums of its tasks, and of `busy` their mean. */
struct vf_task_figures vf_report_node_figures(const struct vf_plan *plan, size_t first,
                                              const struct vf_run_memory *memory);

/* Adds the name of the node that a task belongs to: that of a replica without its number. */
void vf_report_print_node_name(struct vf_text *name, const struct vf_plan_task *task);

/* Returns whether all tasks have ended, and well: what failed says nothing of speed, and how long
 * processors worked is known only then. */
bool vf_report_is_telling(const struct vf_plan *plan, const struct vf_task_outcome *outcomes);

/* Writes a row for each task (`started_ns` is when the run began), before the replicas of a node one for the node, what befell them,
 * and what was written. */
void vf_report_rows(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory,
                    const struct vf_task_outcome *outcomes, int64_t started_ns);

/* Returns how many pieces of input were corrupt or missing. */
uint64_t vf_report_errors(const struct vf_plan *plan, const struct vf_run_memory *memory);

/* Returns how many messages were put aside, and not kept as they were to be. */
uint64_t vf_report_unkept(const struct vf_plan *plan, const struct vf_run_memory *memory);

#endif
