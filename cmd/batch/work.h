/* SPDX-License-Identifier: MIT */
/* work.h - runs the jobs of a batch, several at a time. */
#ifndef VF_CMD_BATCH_WORK_H
#define VF_CMD_BATCH_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/batch/display.h"
#include "cmd/batch/job.h"
#include "cmd/batch/manifest.h"
#include "cmd/batch/order.h"
#include "cmd/batch/variables.h"
#include "engine/base/exit_status.h"

/* What all runs have in common. */
struct vf_batch_settings {
    const char *const *flags; /* for vflow run */
    size_t flag_count;
    const char *flow; /* a file; NULL: the chain is among the flags */
    struct vf_batch_variables variables;
    const char *logs;     /* a folder for their logs; NULL: they are not kept */
    const char *receipts; /* a folder for the receipts of what they write; NULL: there is none */
    bool is_verbose;      /* what they say is shown */
    bool fails_fast;      /* the first failure ends the batch */
    bool hashes_inputs;   /* for the manifest */
    bool goes_on;         /* with the pieces that runs before have left */
    const char
        *letters; /* a folder in which each run has one for its dead letters; NULL: none has */
    struct vf_batch_room room;
    const char *named_gpus;  /* what --gpus says; NULL: nothing */
    const char *const *gpus; /* that the runs share; NULL: each looks for itself */
    size_t gpu_count;
};

/* Runs all jobs that wait, notes in the manifest how each ends, and tells of it. Returns the exit
 * status of the batch: VF_EXIT_OK only when every job is done. */
VF_MUST_CHECK enum vf_exit_status vf_batch_work(struct vf_batch_jobs *jobs,
                                                const struct vf_batch_settings *settings,
                                                struct vf_batch_manifest *manifest,
                                                struct vf_batch_display *display);

#endif
