/* SPDX-License-Identifier: MIT */
/* change.h - changes a flow while it runs.
 *
 * A task that is described as before, and has the edges that it had, goes on untouched. The others get
 * a new process, as they do when they are restarted (renewal.h): between two messages, and nothing is
 * lost. Tasks that are new are started; those that are not wanted any more are ended, and finish what
 * they were sent. What becomes of each is decided in engine/flow/plan/change.h, before anything is
 * touched.
 *
 * A receiver that did not know of a change would take the end of an edge that leaves for the end of its
 * input. So no sender ends one before all that read it, also behind tasks that leave, know better.
 */
#ifndef VF_ENGINE_PROCESS_CHANGE_H
#define VF_ENGINE_PROCESS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/process/control/control.h"

struct vf_engine;

/* Changes the run to the flow in `file`. The answer comes when all tasks that have changed have new
 * processes: an array `tasks` of objects with `name`, `step` ("changed", "added" or "removed") and
 * `pid`, null for one that has ended; or an array `mistakes` of the flow. Refuses, before anything is
 * touched, what cannot be changed. */
void vf_change_begin(struct vf_engine *engine, const char *file, struct vf_control_answer *answer);

/* Goes on with it: asks those to make way, or to end, whose receivers are as far. */
void vf_change_look(struct vf_engine *engine);

/* Whether the last process of a task knew nothing of edges that it has by now: then they have to be
 * ended for it. */
bool vf_change_is_missed_by(const struct vf_engine *engine, size_t task);

#endif
