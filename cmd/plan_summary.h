/* SPDX-License-Identifier: MIT */
/* plan_summary.h - a plan in words: what `vflow explain` shows. */
#ifndef VF_CMD_PLAN_SUMMARY_H
#define VF_CMD_PLAN_SUMMARY_H

#include "engine/flow/gpu/gpu.h"
#include "engine/flow/plan/plan.h"

/* Prints on standard output what runs, whether it fits this machine, and where messages can be
 * lost. */
void vf_plan_summary_print(const struct vf_plan *plan, const struct vf_gpu_list *gpus);

#endif
