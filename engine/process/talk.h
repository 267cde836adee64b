/* SPDX-License-Identifier: MIT */
/* talk.h - what a supervisor says on standard error, where nobody may be reading. */
#ifndef VF_ENGINE_PROCESS_TALK_H
#define VF_ENGINE_PROCESS_TALK_H

#include "engine/process/engine_inside.h"

/* Says a line, unless the run is to be quiet. */
void vf_talk_say(const struct vf_engine *engine, const char *line);

/* Says how the run is to be told of from now on, and then, when it is time, how far it is. */
void vf_talk_begin(struct vf_engine *engine);
void vf_talk_progress(struct vf_engine *engine);

/* Tells programs how the run has ended, if they were told how far it is. */
void vf_talk_end(const struct vf_engine *engine);

/* Writes what the tasks have done and wait for, however quiet the run is to be: somebody has
 * asked. */
void vf_talk_state(const struct vf_engine *engine);

/* Writes the table of a run that is over, unless it is to be quiet. */
void vf_talk_rows(const struct vf_engine *engine);

/* Tells the service manager that the supervisor lives, how far the run is, and that it stops. */
void vf_talk_to_service(struct vf_engine *engine);

/* Returns how many lines have been dropped, by this process and by the workers. */
uint64_t vf_talk_count_dropped(const struct vf_engine *engine);

#endif
