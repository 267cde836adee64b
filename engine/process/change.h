/* SPDX-License-Identifier: MIT */
/* change.h - changes the options of nodes while their flow runs.
 *
 * A task whose node is described as before goes on untouched. The others get a new process with the
 * new options, as they do when they are restarted (renewal.h): between two messages, and nothing is
 * lost. What a flow consists of, its nodes, edges, queues and policies, stays.
 */
#ifndef VF_ENGINE_PROCESS_CHANGE_H
#define VF_ENGINE_PROCESS_CHANGE_H

#include "engine/process/control/control.h"

struct vf_engine;

/* Changes the run to the flow in `file`. The answer comes when all tasks that have changed have new
 * processes: as that of vf_renewal_begin(). Refuses, before anything is touched, what cannot be
 * changed. */
void vf_change_begin(struct vf_engine *engine, const char *file, struct vf_control_answer *answer);

#endif
