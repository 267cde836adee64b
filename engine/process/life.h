/* SPDX-License-Identifier: MIT */
/* life.h - which workers hang: those that show no sign of life for longer than their node may take.
 *
 * A worker shows itself whenever the engine gets to do something in it. One that sleeps there, over
 * its inputs or for room, does not: nobody wakes only to be seen. Of such a one the supervisor asks
 * the kernel whether it has been stopped.
 */
#ifndef VF_ENGINE_PROCESS_LIFE_H
#define VF_ENGINE_PROCESS_LIFE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/process/recovery.h"

struct vf_engine;

/* Returns what the supervisor knows of the worker of task `task` + 1. */
struct vf_recovery_sight vf_life_look_at(const struct vf_engine *engine, size_t task);

/* Kills the workers that hang. */
void vf_life_look(struct vf_engine *engine);

/* Returns in how many milliseconds at the latest to look again. */
int64_t vf_life_look_again_ms(const struct vf_engine *engine);

#endif
