/* SPDX-License-Identifier: MIT */
/* dry_run.h - what a run would read, write and start. */
#ifndef VF_CMD_DRY_RUN_H
#define VF_CMD_DRY_RUN_H

#include <stdbool.h>

#include "engine/base/exit_status.h"
#include "engine/flow/gpu/gpu.h"
#include "engine/flow/plan/plan.h"

/* What the command line asks of a run that it would write to. */
struct vf_dry_run_settings {
    bool must_not_replace;
    const char *report, *report_page, *trace, *dead_letter; /* files, a folder; NULL: none */
};

/* Prints it on standard output. The plan has its forecasts and its GPUs. Opens nothing, writes
 * nothing. Returns VF_EXIT_CANNOT_CREATE where a file that is there would be refused; that is said
 * on standard error. */
enum vf_exit_status vf_dry_run(const struct vf_plan *plan, const struct vf_gpu_list *gpus,
                               const struct vf_dry_run_settings *settings);

#endif
