/* SPDX-License-Identifier: MIT */
/* renewal.h - gives a task a new process on request, while its flow goes on.
 *
 * The present process makes way between two rounds (engine/edge/page/edge.h), and the next goes on
 * where it stopped: nothing is lost, and it does not count as a crash. One that does not come to the
 * end of its round in time is killed, and the next repeats that round. Tasks are renewed only where a
 * crash could be survived, too: a new process knows nothing that was in the memory of the old one.
 */
#ifndef VF_ENGINE_PROCESS_RENEWAL_H
#define VF_ENGINE_PROCESS_RENEWAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/process/control/control.h"

struct vf_engine;

/* Begins to renew the task called `name`, or all tasks of the node called so. The answer comes when
 * all have a process that has begun, or have ended: an array `tasks` of objects with `name` and `pid`,
 * null for one that has ended. Refuses at once what cannot be. */
void vf_renewal_begin(struct vf_engine *engine, const char *name, struct vf_control_answer *answer);

/* Returns whether all tasks that are chosen, id i at [i - 1], can be renewed, processors also if they
 * `may_forget` what they remember; refuses if not. */
bool vf_renewal_may_begin(const struct vf_engine *engine, const bool *tasks, bool may_forget,
                          struct vf_control_answer *answer);

/* Asks the process of a task to make way, or has the next started if it has none. */
void vf_renewal_ask(struct vf_engine *engine, size_t task);

/* Whether a worker that has ended was the one that was to make way. If so, its successor is to be
 * started at once. */
bool vf_renewal_takes(struct vf_engine *engine, size_t task);

/* Whether one is under way, which goes on without anything to be heard of it by poll(2). */
bool vf_renewal_is_under_way(const struct vf_engine *engine);

/* Kills who does not make way in time, and answers what has come to its end. */
void vf_renewal_look(struct vf_engine *engine);

#endif
