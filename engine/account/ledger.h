/* SPDX-License-Identifier: MIT */
/* ledger.h - the account of a run: where every message went.
 *
 * It is read from the pages of the tasks, each number from the page of the one process that
 * counted it, and at the end of a run the numbers of neighbours have to agree:
 *
 *     of an edge   produced  = published + dropped_newest + refused
 *                  published = taken + unmatched + dropped_oldest + unread + invalid
 *                  invalid   = 0, unless something has written into the sender's memory at random
 *                  unread    = 0, unless the receiver ended before its sender
 *                  unmatched = 0, unless what came with it was not answered, or dropped (partners.h)
 *     of a task    inputs    = answered + filtered + failed
 *                  inputs    = taken, on each of its inputs; from inputs that come one by one,
 *                              on all of them together; a join by time or by latest may use a
 *                              message twice
 */
#ifndef VF_ENGINE_ACCOUNT_LEDGER_H
#define VF_ENGINE_ACCOUNT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

struct vf_edge_account {
    uint64_t produced;       /* made by the sender for this edge */
    uint64_t published;      /* put on it */
    uint64_t dropped_newest; /* not put on it, for want of room */
    uint64_t refused;        /* not put on it, because the receiver had ended */
    uint64_t taken;          /* given to the receiver's node */
    uint64_t unmatched;      /* taken off the queue, but without a partner in the join */
    uint64_t dropped_oldest; /* replaced by a newer one while it waited */
    uint64_t unread;         /* left in the queue */
    uint64_t invalid; /* times that what the sender's page said could not be, and was left out */
    uint64_t done;    /* released by the receiver, whatever became of it */
    uint64_t payload_bytes, wire_bytes; /* of what was sent by sockets, and what travelled for it */
};

struct vf_task_account {
    uint64_t inputs;    /* times the node was given input */
    uint64_t answered;  /* with a message or more; of a consumer: consumed */
    uint64_t filtered;  /* answered with none */
    uint64_t failed;    /* the node returned an error, or died of them */
    uint64_t set_aside; /* among the failed ones: put aside, and the task went on */
    uint64_t unkept;    /* among those: not kept as --dead-letter asks */
};

/* Reads the accounts as they stand; while the flow runs, they need not balance. Of the edges to
 * the replicas of one node, each has produced what went its way. */
struct vf_edge_account vf_ledger_edge(const struct vf_run_memory *memory,
                                      const struct vf_plan_edge *edge);
struct vf_task_account vf_ledger_task(const struct vf_run_memory *memory, unsigned task);

/* Checks the accounts of a run that is over, and logs a line for each that does not balance.
 * What a task has counted of which `is_whole` (task id i at [i - 1]) is not true, one that died,
 * failed or was halted, need only be possible. Returns how many lines that were. */
unsigned vf_ledger_check(const struct vf_plan *plan, const struct vf_run_memory *memory,
                         const bool *is_whole);

#endif
