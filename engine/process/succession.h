/* SPDX-License-Identifier: MIT */
/* succession.h - the processes of a task, one after the other. */
#ifndef VF_ENGINE_PROCESS_SUCCESSION_H
#define VF_ENGINE_PROCESS_SUCCESSION_H

#include "engine/base/result.h"
#include "engine/process/engine_inside.h"

/* Starts a process for a task: its first, or one that goes on for one that died. Logs nothing. */
VF_MUST_CHECK int vf_succession_start(struct vf_engine *engine, unsigned task);

#endif
