/* SPDX-License-Identifier: MIT */
/* report.h - what a run tells: a line while it goes on, a table when it is over.
 *
 * Everything is read from the tasks' pages, without asking them.
 */
#ifndef VF_ENGINE_PROCESS_REPORT_H
#define VF_ENGINE_PROCESS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/flow/flow_plan.h"
#include "engine/process/run_memory.h"
#include "engine/process/task_outcome.h"

/* Figures of one task. */
struct vf_task_figures {
    uint64_t in, out, dropped, errors;
    bool has_in, has_out;
    double fps, busy; /* busy: part of its time, 0 to 1 */
};

struct vf_task_figures vf_report_figures(const struct vf_plan_task *task,
                                         const struct vf_run_memory *memory);

/* Writes the progress line over the one before. `started_ns` is when the run began. */
void vf_report_progress(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory,
                        int64_t started_ns);

/* Writes a row for each task, what befell it, and what was written. */
void vf_report_rows(FILE *out, const struct vf_plan *plan, const struct vf_run_memory *memory,
                    const struct vf_task_outcome *outcomes, int64_t started_ns);

/* Returns how many pieces of input were corrupt or missing. */
uint64_t vf_report_errors(const struct vf_plan *plan, const struct vf_run_memory *memory);

#endif
