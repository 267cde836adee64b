/* SPDX-License-Identifier: MIT */
/* host_facts.h - what the supervisors of a run on several hosts tell each other of its tasks.
 *
 * The facts of a task are what its page has for the account of the run; those of an end of an edge
 * what that end has counted. They come from the pages of the tasks that run here, and go into the
 * pages that stand here for those that run elsewhere, which no worker writes: so everybody's account,
 * progress and ledger is that of the whole run.
 */
#ifndef VF_ENGINE_PROCESS_HOST_FACTS_H
#define VF_ENGINE_PROCESS_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/hosts/board.h"
#include "engine/process/engine_inside.h"

/* How many there are of a task, and of an end of an edge. */
size_t vf_host_facts_of_task(void);
size_t vf_host_facts_of_edge(void);

/* Fills in the facts of all that runs here. */
void vf_host_facts_collect(const struct vf_engine *engine, const struct vf_host_board *board,
                           uint64_t *row);

/* Takes over those of a host, as they came from there: in its tasks' pages and outcomes. */
void vf_host_facts_spread(struct vf_engine *engine, const struct vf_host_board *board,
                          unsigned host, const uint64_t *row);

/* Tells of a task what its host said last: no process of it is left; and all that it has counted is
 * final. */
bool vf_host_facts_is_over(const struct vf_host_board *board, const struct vf_plan_task *task,
                           const uint64_t *row);
bool vf_host_facts_is_whole(const struct vf_host_board *board, const struct vf_plan_task *task,
                            const uint64_t *row);

#endif
