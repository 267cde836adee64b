/* SPDX-License-Identifier: MIT */
/* presence.h - a run that its user's other programs can find and talk to.
 *
 * In its folder are a card (engine/run/card.h) and a socket (control/control.h). Where these
 * cannot be made, it goes on without.
 */
#ifndef VF_ENGINE_PROCESS_PRESENCE_H
#define VF_ENGINE_PROCESS_PRESENCE_H

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/process/control/control.h"
#include "engine/run/card.h"

struct vf_engine;

/* Starts as {0}. */
struct vf_presence {
    struct vf_control *control; /* NULL: nobody can talk to the run */
    struct vf_run_card card;    /* `folder` NULL: nobody can find it */
};

/* Makes card and socket in the folder of the run, if it is to have them, before workers are forked. Fails only
 * where the name that is asked for belongs to another run, which it logs: -EEXIST. */
VF_MUST_CHECK int vf_presence_begin(struct vf_engine *engine);

/* Whether somebody is to be told when the run is ready, and has not been. */
bool vf_presence_awaits_ready(const struct vf_engine *engine);

/* Tells who is to be told that all nodes are open, once they are. */
void vf_presence_look(struct vf_engine *engine);

/* Tells those who wait how the run has ended, and lets everybody go. Does nothing the second
 * time. */
void vf_presence_end(struct vf_engine *engine, enum vf_exit_status status);

#endif
