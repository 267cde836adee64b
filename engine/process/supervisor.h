/* SPDX-License-Identifier: MIT */
/* supervisor.h - watches the workers of an engine, and stops them.
 *
 * A run is stopped in steps: producers end (drain), every task ends at its next message (halt),
 * all are killed. Each step has its time; what has not ended by then is taken one step further.
 *
 * What becomes of a task whose worker dies is decided in recovery.h, and done here. One that is
 * given up gets a last worker all the same, which runs no node: it tells the neighbours that
 * nothing more comes, and releases what the dead one had received.
 */
#ifndef VF_ENGINE_PROCESS_SUPERVISOR_H
#define VF_ENGINE_PROCESS_SUPERVISOR_H

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/process/engine_inside.h"

/* Says that a task has had no process yet. */
void vf_supervisor_init_task(struct vf_engine *engine, const struct vf_plan_task *task);

/* Begins, or begins again, to account for the tasks and edges that the plan has. */
VF_MUST_CHECK int vf_supervisor_begin_accounts(struct vf_engine *engine);

/* Starts a worker for each task. Logs why it could not; then some may run. */
VF_MUST_CHECK int vf_supervisor_start(struct vf_engine *engine);

/* Sleeps and acts until every worker is ready. One that cannot get ready is replaced if its task
 * may be restarted. Otherwise, and when a stop is asked for, the run is called off: its workers,
 * which have not begun, are killed. Returns the error that a worker has reported, if that is the
 * reason. */
VF_MUST_CHECK int vf_supervisor_watch_start(struct vf_engine *engine);

/* Sleeps and acts until every worker has ended and been waited for. Fills in the outcomes. */
VF_MUST_CHECK int vf_supervisor_watch(struct vf_engine *engine);

/* Goes one step further than the run has been stopped so far. */
void vf_supervisor_go_further(struct vf_engine *engine);

/* Goes as far as `course`, aloud, as after a SIGTERM; does nothing where it has come so far. */
void vf_supervisor_stop(struct vf_engine *engine, enum vf_course course);

/* For a run on several hosts: what they ask for (hosts.h). Goes as far as `course` and aborts, as the
 * run has on another host, where it was stopped by `signal`; asks one task to stop, and sees to it that
 * it does; ends what depends on a task of a host that is lost; ends a run that has not begun. */
void vf_supervisor_follow(struct vf_engine *engine, enum vf_course course, int signal,
                          bool is_aborting);
void vf_supervisor_ask(struct vf_engine *engine, size_t task, enum vf_stop_level level);
void vf_supervisor_lose(struct vf_engine *engine, size_t task);
void vf_supervisor_call_off(struct vf_engine *engine);

/* Does what signals ask for that have come. */
void vf_supervisor_hear_signals(struct vf_engine *engine);

/* Kills every worker and waits for it. */
void vf_supervisor_clear(struct vf_engine *engine);

/* Says how a run that is over has ended, from its failures, signals and corrupt input. */
enum vf_exit_status vf_supervisor_conclude(const struct vf_engine *engine);

/* Remembers that the run has failed, unless it has before. */
void vf_supervisor_fail(struct vf_engine *engine, enum vf_exit_status status);

#endif
