/* SPDX-License-Identifier: MIT */
/* task_rows.h - how each task of a run is, as counts from its start on: whoever asks twice knows what
 * came in between.
 *
 * An array with an object for each task, in the order of the plan:
 *   name, node (of a replica without its number), kind ("producer", ...), pid (null: it has no
 *   process), gpu (null: none), state as in the report ("busy", "waiting", ...), and
 *   activity: what it does and, with waits, whom it waits for: "input" and "room", each with the names
 *     of the tasks; "silent": a producer to which nothing comes; "release", "opening", "busy", "over";
 *   in, out (null: it has none), errors, restarts, busy_ns, waiting_ns, blocked_ns;
 *   dropped: messages that found no room behind it; unmatched: that it took without a partner;
 *   refused: that came after a receiver had ended; set_aside;
 *   queues: for each edge to it from, waiting and length;
 *   work, age: counts of histogram classes (engine/base/histogram.h) that are not 0, as
 *     [[class, count], ...].
 */
#ifndef VF_ENGINE_ACCOUNT_TASK_ROWS_H
#define VF_ENGINE_ACCOUNT_TASK_ROWS_H

#include <jansson.h>

#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

/* Returns the array, the caller's; NULL: out of memory. */
json_t *vf_task_rows_json(const struct vf_plan *plan, const struct vf_run_memory *memory);

/* The same of the edges, by id: id, from and to (the tasks), produced, published, dropped_newest,
 * refused, taken, unmatched and dropped_oldest as ledger.h says, waiting, and length of the queue. */
json_t *vf_edge_rows_json(const struct vf_plan *plan, const struct vf_run_memory *memory);

#endif
