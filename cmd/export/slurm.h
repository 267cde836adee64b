/* SPDX-License-Identifier: MIT */
/* slurm.h - a script for sbatch: a job, or an array of which each element is a shard. */
#ifndef VF_CMD_EXPORT_SLURM_H
#define VF_CMD_EXPORT_SLURM_H

#include "cmd/export/export.h"
#include "engine/base/text.h"

/* Adds it to `out`, of which memory may be short then. It reads `name`, `label`, `is_service`, `words`,
 * `inputs`, shards, `jobs`, `grace_ns`, `needs`, `program`, `folder`, `flow` and `mounts`. Before its time
 * is over the run is told to stop; what can go on afterwards is queued again. */
void vf_export_slurm_print(struct vf_text *out, const struct vf_export *export);

#endif
