/* SPDX-License-Identifier: MIT */
/* rehearsal.h - what a batch would do, for people. */
#ifndef VF_CMD_BATCH_REHEARSAL_H
#define VF_CMD_BATCH_REHEARSAL_H

#include "cmd/batch/job.h"
#include "cmd/batch/order.h"
#include "engine/base/exit_status.h"

/* Prints the jobs that would be run, in their order, with what each would write; those that would fail
 * at once; and how many are as they were. Returns the exit status of the batch, as far as it is
 * known. */
VF_MUST_CHECK enum vf_exit_status vf_batch_rehearse(const struct vf_batch_jobs *jobs,
                                                    const struct vf_batch_room *room);

#endif
