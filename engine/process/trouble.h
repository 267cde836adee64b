/* SPDX-License-Identifier: MIT */
/* trouble.h - keeps what the tasks did before a crash or a stall, for whoever looks into it later.
 */
#ifndef VF_ENGINE_PROCESS_TROUBLE_H
#define VF_ENGINE_PROCESS_TROUBLE_H

#include "engine/process/engine_inside.h"

enum vf_trouble { VF_TROUBLE_CRASH = 1, VF_TROUBLE_STALL = 2 };

/* Has an observer write a trace beside the dead letters of the run, or where the user's state is
 * (state_folder.h), and say where it is: once for each kind of trouble, and not in a run that is
 * traced anyway. Does nothing where it cannot. */
void vf_trouble_keep(struct vf_engine *engine, enum vf_trouble trouble);

#endif
