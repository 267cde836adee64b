/* SPDX-License-Identifier: MIT */
/* needs.h - what a run takes of a machine, by its plan. */
#ifndef VF_CMD_EXPORT_NEEDS_H
#define VF_CMD_EXPORT_NEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/flow/plan/plan.h"

struct vf_export_needs {
    unsigned cores;
    uint64_t memory_mib; /* 0: unknown */
    unsigned gpus;
};

/* Returns the cores: one for each task that works on payloads, or as many as its `threads` say. */
unsigned vf_export_needs_cores(const struct vf_plan *plan);

/* Finds out the rest, of a plan for so many cores: the memory of all frames, of the processes, and of
 * encoders; the GPUs that tasks ask for. */
void vf_export_needs_of_plan(struct vf_export_needs *needs, const struct vf_plan *plan,
                             unsigned cores);

/* Makes it that of several such runs at a time. */
void vf_export_needs_multiply(struct vf_export_needs *needs, unsigned runs);

#endif
