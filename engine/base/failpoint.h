/* SPDX-License-Identifier: MIT */
/* failpoint.h - places at which a test lets a worker die, which no signal from outside would hit.
 *
 * Only a build with VF_FAILPOINTS has them; in any other they are nothing. There the environment
 * says what happens:
 *
 *     VFLOW_FAILPOINT=NAME:TASK:PASSES:ACT[:PROCESS],...
 *
 * The worker of TASK goes PASSES times through the place called NAME, and the next time it does
 * ACT: it is killed, stops as if it hung, exits, or gets an error where the place can have one.
 * That happens in one process of the task, the first unless PROCESS says another, and once. A task
 * in whose name is a colon cannot be named.
 */
#ifndef VF_ENGINE_BASE_FAILPOINT_H
#define VF_ENGINE_BASE_FAILPOINT_H

#include "engine/base/result.h"

#ifdef VF_FAILPOINTS

/* Says who this is. What the environment asks of others is forgotten. */
void vf_failpoint_begin(const char *task, unsigned process);

/* Passes a place. Returns VF_OK, or -EIO when that is asked. */
int vf_failpoint(const char *name);

#define VF_FAILPOINT(name) vf_failpoint(name)
#define VF_FAILPOINT_BEGIN(task, process) vf_failpoint_begin(task, process)

#else

#define VF_FAILPOINT(name) VF_OK
#define VF_FAILPOINT_BEGIN(task, process) ((void)0)

#endif

#endif
