/* SPDX-License-Identifier: MIT */
/* talk.h - what a supervisor says on standard error, where nobody may be reading. */
#ifndef VF_ENGINE_PROCESS_TALK_H
#define VF_ENGINE_PROCESS_TALK_H

#include "engine/process/engine_inside.h"

/* Says a line, unless the run is to be quiet. */
void vf_talk_say(const struct vf_engine *engine, const char *line);

/* Writes the progress line over the one before, on the terminal of a run in the foreground. */
void vf_talk_progress(const struct vf_engine *engine);

/* Writes what the tasks have done and wait for, however quiet the run is to be: somebody has
 * asked. */
void vf_talk_state(const struct vf_engine *engine);

/* Writes the table of a run that is over, unless it is to be quiet. */
void vf_talk_rows(const struct vf_engine *engine);

/* Returns how many lines have been dropped, by this process and by the workers. */
uint64_t vf_talk_count_dropped(const struct vf_engine *engine);

#endif
