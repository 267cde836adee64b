/* SPDX-License-Identifier: MIT */
/* order.h - which job of a batch comes next, and which machine does it. Pure. */
#ifndef VF_CMD_BATCH_ORDER_H
#define VF_CMD_BATCH_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/batch/job.h"

/* What the jobs that run together may use. */
struct vf_batch_room {
    unsigned jobs;   /* at a time */
    uint64_t memory; /* bytes; 0: unknown */
};

/* Lists the numbers of all jobs in `order`, which has room for them: those of which nobody
 * knows how long they take, the largest file first, and then the one that takes longest first. */
VF_MUST_CHECK int vf_batch_order(const struct vf_batch_jobs *jobs, size_t *order);

/* Returns whether a job may start beside `running` others, which use so many bytes. One alone always
 * may; one that has to be alone may then only. */
bool vf_batch_has_room(const struct vf_batch_room *room, unsigned running, uint64_t used,
                       const struct vf_batch_forecast *next);

/* Returns the bytes that a job is going to use: its frames, and what its processes have beside. */
uint64_t vf_batch_memory(const struct vf_batch_forecast *forecast);

/* Says of each job whether it belongs to a shard: ours[i]. The largest are dealt out first, each to the
 * shard that has least so far: who has the same inputs, in whatever order, finds the same shards. What
 * joins parts belongs to none. */
VF_MUST_CHECK int vf_batch_deal(const struct vf_batch_jobs *jobs,
                                const struct vf_batch_shard *shard, bool *ours);

/* Reads "2/8". Returns false when it is none. */
bool vf_batch_shard_read(const char *text, struct vf_batch_shard *shard);

#endif
