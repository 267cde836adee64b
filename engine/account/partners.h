/* SPDX-License-Identifier: MIT */
/* partners.h - whether what found no partner in a join can have lacked one.
 *
 * A message is unmatched where nothing of its origin comes on another input. On the way there, from
 * where their numbers were given, every task has counted what it did not answer, and every edge what
 * was dropped: together that is the most that an input can lack. If more than that was unmatched, a task
 * has sent other origins than it was given, or its receiver has left out what had a partner.
 */
#ifndef VF_ENGINE_ACCOUNT_PARTNERS_H
#define VF_ENGINE_ACCOUNT_PARTNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

/* Returns whether all that comes to a task comes by one input, or its lanes. */
bool vf_partners_are_none(const struct vf_plan_task *task);

struct vf_partners {
    const struct vf_plan_edge *edge; /* the first of an input of which too much was unmatched; NULL:
                                        of none */
    uint64_t unmatched;              /* on that input, */
    uint64_t lacking;                /* and the most that can be: what the others are short of */
    struct vf_text tasks; /* names those of whom one has miscounted; the caller's, to finish */
};

/* Looks at the joins of a task of a run that is over. Finds nothing where a task on the way does other
 * than answer its inputs, one by one or joined by origin, where one was not whole (task id i at
 * [i - 1]), or where the flow was changed. Returns VF_OK or -ENOMEM. */
VF_MUST_CHECK int vf_partners_check(const struct vf_plan *plan, const struct vf_run_memory *memory,
                                    const bool *is_whole, const struct vf_plan_task *task,
                                    struct vf_partners *partners);

#endif
