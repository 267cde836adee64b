/* SPDX-License-Identifier: MIT */
/* replacement.h - what becomes of a task whose worker has died.
 *
 * A task that may be restarted gets a new worker, after a while that doubles each time; it goes on
 * in the memory of the dead one (messenger.h). The round in which a worker died twice is not tried
 * a third time: its input is put aside, or the task is given up. A task that is given up gets a
 * last worker all the same, which runs no node: it tells the neighbours that nothing more comes,
 * and releases what the dead one had received. Then the part of the flow that hangs together with
 * it is drained, unless its node says `stop_branch`.
 */
#ifndef VF_ENGINE_PROCESS_REPLACEMENT_H
#define VF_ENGINE_PROCESS_REPLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/process/engine_inside.h"

/* For what is not the node's work: getting ready, and going on for one that died. */
#define VF_START_PATIENCE_NS (30 * VF_NS_PER_S)
#define VF_START_LEAST_NS (5 * VF_NS_PER_S) /* also where the node has less */

#define VF_RESTARTS_FORGIVEN_AFTER_NS (60 * VF_NS_PER_S) /* that a worker lived */

/* Decides what becomes of a task whose worker died without ending its task, and has been waited
 * for; `cause` says of what, in words. Nothing is started before vf_replacement_start_due(). */
VF_MUST_CHECK int vf_replacement_decide(struct vf_engine *engine, size_t task, const char *cause);

/* Lets another process try to get ready, of a task whose worker has died before it was. Returns
 * false when that task may not be restarted, or not once more. */
bool vf_replacement_retry_start(struct vf_engine *engine, size_t task);

/* Returns how long a worker may show no sign of life in what it does at present; 0: for ever. */
int64_t vf_replacement_patience_ns(const struct vf_engine *engine, size_t task);

/* Has a last worker started that runs no node and only closes the task's edges: also for one that
 * was killed when it had done all, but had not let go of all it had received. */
void vf_replacement_close_out(struct vf_engine *engine, size_t task);

/* Ends what depends on a task that has failed: its whole part of the flow, or its branch only,
 * which has heard of it already. */
VF_MUST_CHECK int vf_replacement_end_part(struct vf_engine *engine, size_t task);

/* Starts the workers whose time has come. */
VF_MUST_CHECK int vf_replacement_start_due(struct vf_engine *engine);

/* Kills the workers that have not shown a sign of life for as long as their node may take. */
void vf_replacement_kill_hung(struct vf_engine *engine);

/* Tells whether some worker is still to be started; *next_ns becomes the time of the next. */
bool vf_replacement_is_due(const struct vf_engine *engine, int64_t *next_ns);

#endif
