/* SPDX-License-Identifier: MIT */
/* counted.h - how many messages a task is to get, by the producer that makes them. */
#ifndef VF_ENGINE_RUN_COUNTED_H
#define VF_ENGINE_RUN_COUNTED_H

#include <stdint.h>

#include "engine/flow/plan/plan.h"

/* Returns the task id of the producer whose messages on its port *port come to the first input of
 * `task`, each of them as one, or one of *thinned; 0: it depends on what comes, or there is no such
 * producer. */
unsigned vf_counted_producer(const struct vf_plan *plan, unsigned task, unsigned *port,
                             uint64_t *thinned);

#endif
