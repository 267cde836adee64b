/* SPDX-License-Identifier: MIT */
/* requests.h - what other programs can ask a run (control/control.h says how).
 *
 * status   {}: how it goes. Answers as engine/account/status.h says.
 * stop     {"level": "drain"}: the producers end, and what is in flight is finished; "halt": every
 *          task ends at its next message; "kill". Less than was asked for before changes nothing.
 *          Answers at once, or with {"wait": true} as wait does.
 * restart  {"task": NAME}: a new process for a task, or all tasks of a node (renewal.h). Answers when
 *          they have begun: tasks, an array of objects with name and pid (null: it has ended).
 * pause    {"task": NAME}: a producer, or all of a node, make nothing until "resume"; without a task, all
 *          producers. Answers tasks, an array of their names. "resume" likewise.
 * tasks    {}: the same as status, and rows, as engine/account/task_rows.h says, and now_ns, when they
 *          were looked at, by the steady clock.
 * view     {"settings": {...}}: a server that shows the run by HTTP, until the descriptor that comes with
 *          the answer is closed (viewer.h). Answers url.
 * wait     {}: answers when the run is over: state "ended", status, its exit status.
 */
#ifndef VF_ENGINE_PROCESS_REQUESTS_H
#define VF_ENGINE_PROCESS_REQUESTS_H

#include "engine/process/control/control.h"

/* A connection that may only look, as far as an observer needs it, and one that may steer, too, but
 * not change the flow. */
extern const struct vf_control_requests vf_requests_to_look, vf_requests_to_steer;

/* A new request is one row in this table; `context` is the struct vf_engine. */
extern const struct vf_control_requests vf_requests;

#endif
