/* SPDX-License-Identifier: MIT */
/* run_checkpoints.h - what a run and those before it keep in pieces: vflow run --resume. */
#ifndef VF_CMD_RUN_CHECKPOINTS_H
#define VF_CMD_RUN_CHECKPOINTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cmd/flow_arguments.h"
#include "engine/base/exit_status.h"
#include "engine/checkpoint/checkpoint.h"
#include "engine/flow/plan/plan.h"

/* Starts as {.is_resumed, .versions}. */
struct vf_run_checkpoints {
    bool is_resumed;        /* the run goes on after the last pieces */
    const json_t *versions; /* of libraries; borrowed */
    const char *shard; /* "2/6": this run makes the second sixth of the pieces, and nothing else; it
                               goes on with those that it has; borrowed. NULL: it makes the output */
    /* Private: */
    struct vf_checkpoint *items; /* of each output that is made in pieces */
    size_t count;
    char shard_name[32];
};

/* Returns whether anything of the plan is made in pieces. */
bool vf_run_checkpoints_are_wanted(const struct vf_plan *plan);

/* Returns how many pieces a run of the plan makes, where shards can make them; 0: they cannot, for the
 * reason that is added to `text`, or, without one, the length of the source is not known. */
uint64_t vf_run_checkpoints_count(const struct vf_plan *plan, struct vf_text *text);

/* Looks at what there is of earlier runs, and says in the plan which part this one makes. Nobody else
 * can run it until the end. Logs why a run cannot be. */
VF_MUST_CHECK enum vf_exit_status
vf_run_checkpoints_begin(struct vf_run_checkpoints *checkpoints, struct vf_plan *plan,
                         const struct vf_flow_arguments *arguments, const char *file);

/* Removes the pieces of what is complete, after the run has ended with `status`, or says how to go
 * on. */
void vf_run_checkpoints_end(struct vf_run_checkpoints *checkpoints, enum vf_exit_status status);

void vf_run_checkpoints_finish(struct vf_run_checkpoints *checkpoints);

#endif
