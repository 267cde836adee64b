/* SPDX-License-Identifier: MIT */
/* advice.h - what made a run as slow as it was, and what would make it faster; why messages were
 * dropped, and what to change so that they are not.
 *
 * A run is a pipeline: it is as fast as the node that is at work all the time, or as all processors
 * together. With another replica, that node has as much more room; then the node that was next
 * limits the flow, or the processors do (Amdahl, 1967, for stages that work side by side).
 */
#ifndef VF_ENGINE_ACCOUNT_ADVICE_H
#define VF_ENGINE_ACCOUNT_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"
#include "engine/run/outcome.h"

/* How much a node had to do. */
struct vf_load {
    double busy;    /* part of the time that its tasks were at work, 0 to 1, the mean of them */
    unsigned tasks; /* of it */
    bool may_share; /* it can have replicas */
};

/* What would happen with one more task of the node that limits a flow. */
struct vf_prospect {
    size_t limiting;  /* the node that is busiest, */
    bool is_limited;  /* and so busy that it limits the flow */
    bool is_cpu_full; /* all processors are at work as it is */
    double speed_up;  /* how many times as fast the flow would be; 1: no faster */
    bool then_cpu;    /* then the processors would limit it, */
    size_t then;      /* else this node */
};

/* Works that out. `cpu` is how many processors were at work on average, of `cores`. */
struct vf_prospect vf_advice_predict(const struct vf_load *loads, size_t count, double cpu,
                                     unsigned cores);

/* Adds a sentence on what of an edge found no room, where, and what to change. Returns whether
 * something has not. */
bool vf_advice_drops(struct vf_text *text, const struct vf_plan *plan,
                     const struct vf_run_memory *memory, const struct vf_plan_edge *edge);

/* Writes those of all edges, each in a line. */
void vf_advice_print_drops(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory);

/* Adds a sentence on what limited a run that is over, if something did: not where it was too short
 * to tell, or where its source set the pace. `fps` is that of the flow. */
void vf_advice_limit(struct vf_text *text, const struct vf_plan *plan,
                     const struct vf_run_memory *memory, const struct vf_task_outcome *outcomes,
                     double fps);

/* Writes it in a line. */
void vf_advice_print_limit(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory,
                           const struct vf_task_outcome *outcomes, double fps);

/* How things have been in the last seconds of a run that goes on. */
struct vf_lately {
    const double *busy; /* part of the time that a task was at work: task id i at [i - 1] */
    double seconds;
    bool is_dropping; /* messages found no room */
};

/* Adds how that sentence begins: what limits the flow now; one whose source sets the pace only where
 * it does not keep up. Returns the first task of that node; NULL: nothing does. */
const struct vf_plan_task *vf_advice_limit_lately(struct vf_text *text, const struct vf_plan *plan,
                                                  const struct vf_run_memory *memory,
                                                  const struct vf_lately *lately);

#endif
