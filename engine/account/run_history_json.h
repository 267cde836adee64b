/* SPDX-License-Identifier: MIT */
/* run_history_json.h - samples of a run over time (run_history.h) as JSON, and in words.
 *
 * A sample is an object:
 *   time (UTC), t (seconds since the start of the run), interval (seconds that it is of);
 *   run: state, fps, frames, percent, left_seconds, speed (null: unknown), dropped, restarts,
 *     limit: a sentence on what limits the flow, and bottleneck: the node that does (null: none);
 *   tasks: by name state, activity, waits (names of tasks that it waits for), pid (null: none), fps,
 *     busy, waiting, blocked, opening (parts of the interval), in, out (null: it has none), dropped,
 *     errors, restarts, and work_ms, age_ms: percentiles 50, 95 and 99 of the interval (null: none);
 *   edges: by id rate (messages a second), waiting, fill (of the queue, 0 to 1), dropped,
 *     dropped_rate, and why: who waits for whom, in words ("": nobody).
 */
#ifndef VF_ENGINE_ACCOUNT_RUN_HISTORY_JSON_H
#define VF_ENGINE_ACCOUNT_RUN_HISTORY_JSON_H

#include <jansson.h>

#include "engine/account/run_history.h"
#include "engine/base/text.h"

/* Returns sample `i` as an object of the caller's; NULL: out of memory. */
json_t *vf_run_history_sample_json(const struct vf_run_history *history, size_t i);

/* Returns all samples as columns, for a report: an object of the caller's; NULL: out of memory. Each
 * column has a number, or null where it is unknown, for each sample:
 *   from: seconds since the start at which the first interval begins; t: at which each ends;
 *   run: fps, frames, dropped;
 *   tasks: by name fps, busy, waiting, blocked, opening, restarts, and in work_ms and age_ms p50, p95
 *     and p99;
 *   edges: by id rate, waiting, dropped_rate. */
json_t *vf_run_history_json(const struct vf_run_history *history);

/* Adds who waits on an edge at sample `i`, and for whom: "reader waits for room: small is busy". */
void vf_run_history_why(struct vf_text *why, const struct vf_run_history *history, size_t i,
                        size_t edge);

/* Adds what limits the flow in the seconds up to sample `i`, and returns the first task of that node:
 * vf_advice_limit_lately(). */
const struct vf_plan_task *vf_run_history_limit(struct vf_text *limit,
                                                const struct vf_run_history *history, size_t i);

#endif
