/* SPDX-License-Identifier: MIT */
/* workers.h - how many threads of a task do the same work side by side: a number, or auto.
 *
 * They take turns at groups of messages. A group is handed to one of them, so that the next can only
 * be begun when all of that has come, and has to wait somewhere.
 */
#ifndef VF_ENGINE_NODE_OPTION_WORKERS_H
#define VF_ENGINE_NODE_OPTION_WORKERS_H

#include "engine/node/option/option.h"

#define VF_MOST_WORKERS 64

/* int: how many; "auto", which is 0: one for each processor. */
extern const struct vf_option_kind vf_kind_workers;

#define VF_WORKERS(type, field) VF_OF_KIND(workers, VF_FIELD(type, field, int))

/* Returns how many that is: `given`, or as many as there are processors for this process, at most 16.
 * Always the same in a process, and in those that it starts by fork(). Not for several threads. */
unsigned vf_workers_count(int given);

/* Returns how many messages may wait for workers, that each has something to do while messages come
 * as quickly as they are dealt with: half a group for each. */
unsigned vf_workers_waiting(unsigned workers, unsigned group);

#endif
