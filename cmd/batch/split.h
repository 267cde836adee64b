/* SPDX-License-Identifier: MIT */
/* split.h - inputs of a batch that are made in parts: each part by a job of its own (vflow run
 * --shard), after which the job of the input joins them. */
#ifndef VF_CMD_BATCH_SPLIT_H
#define VF_CMD_BATCH_SPLIT_H

#include "cmd/batch/job.h"
#include "cmd/batch/manifest.h"
#include "cmd/batch/order.h"

/* Adds jobs for the parts of each input that is longer than `seconds` and can be divided. */
VF_MUST_CHECK int vf_batch_split(struct vf_batch_jobs *jobs, double seconds);

/* Leaves those jobs that belong to a shard (order.h). */
VF_MUST_CHECK int vf_batch_take_shard(struct vf_batch_jobs *jobs,
                                      const struct vf_batch_shard *shard);

/* Leaves those jobs that join parts, and the parts, which are not run: those that are not there have
 * failed, or are skipped. Borrows the manifest, which may have none of them. */
VF_MUST_CHECK int vf_batch_join_only(struct vf_batch_jobs *jobs,
                                     const struct vf_batch_manifest *manifest);

/* Returns the key of a job in a manifest, the caller's; NULL: out of memory. */
char *vf_batch_job_key(const struct vf_batch_job *job);

/* Takes over how jobs have ended in a batch before. */
VF_MUST_CHECK int vf_batch_resume_all(struct vf_batch_jobs *jobs,
                                      const struct vf_batch_manifest *manifest,
                                      bool retries_failed);

#endif
