/* SPDX-License-Identifier: MIT */
/* script.h - the two job scripts that run a batch under Slurm: one for the shards, which are the
 * elements of an array, and one that merges their manifests, and joins what was made in parts. Pure.
 *
 * All files of the batch are in one folder, which all nodes see:
 *     inputs          the inputs, each ended by a NUL
 *     shard.sh        the script of the array; merge.sh: that of the last job
 *     shard-3.jsonl   the manifest of shard 3; shard-3.log: what it says; shard-3.status: how it ended
 *     manifest.jsonl  all in one, from the last job, or from one before, to be gone on with
 *     status          the exit status of the whole, once the last job has ended
 */
#ifndef VF_CMD_SUBMIT_SCRIPT_H
#define VF_CMD_SUBMIT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/text.h"

struct vf_submit_job {
    const char *name, *program;   /* of the job, and the path of vflow */
    const char *folder;           /* from the root */
    unsigned shards, at_most;     /* at most so many of them at a time; 0: any number */
    unsigned side_by_side;        /* runs in a shard */
    unsigned cpus;                /* of a shard; */
    uint64_t memory;              /* bytes; */
    const char *memory_text;      /* in place of `memory`, as Slurm reads it; NULL: none */
    const char *gres;             /* NULL: none */
    const char *partition, *time; /* NULL: the cluster's */
    unsigned notice_seconds;      /* before the time limit that the runs are asked to stop */
    const char *const *options;   /* more of sbatch */
    size_t option_count;
    const char *const *words; /* for vflow batch: flags, and the flow behind them */
    size_t word_count;
    bool is_split; /* inputs are made in parts, which the last job joins */
};

/* Returns what is wrong with a job, in words; NULL: nothing. */
const char *vf_submit_job_refuse(const struct vf_submit_job *job);

void vf_submit_print_shard(struct vf_text *out, const struct vf_submit_job *job);
/* Has the number of the array as its argument, or none: then all shards are over. */
void vf_submit_print_merge(struct vf_text *out, const struct vf_submit_job *job);

/* Reads a time limit as Slurm has it ("90", "30:00", "1-12:00:00"). Returns seconds; 0: it has none, or
 * it is none. */
uint64_t vf_submit_time_seconds(const char *text);

#endif
