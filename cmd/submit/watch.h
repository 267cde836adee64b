/* SPDX-License-Identifier: MIT */
/* watch.h - follows a batch that runs under Slurm, by the manifests of its shards. */
#ifndef VF_CMD_SUBMIT_WATCH_H
#define VF_CMD_SUBMIT_WATCH_H

#include "cmd/batch/display.h"
#include "cmd/batch/job.h"
#include "engine/base/exit_status.h"
#include "engine/base/result.h"

struct vf_submit_watch {
    const char *folder;        /* of the batch */
    const char *array, *merge; /* the numbers of its two jobs */
    unsigned shards;
    struct vf_batch_jobs *jobs; /* its inputs; how they have ended is filled in */
    enum vf_batch_form form;
};

/* Tells how far the batch is until its last job has ended, and returns the exit status of that. A
 * Ctrl-C asks at the terminal whether the jobs are to be cancelled; any other stop signal, and a Ctrl-C
 * where there is no terminal, ends this process alone: VF_EXIT_INTERRUPTED or the like. */
VF_MUST_CHECK enum vf_exit_status vf_submit_watch(const struct vf_submit_watch *watch);

#endif
